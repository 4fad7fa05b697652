// npm run talk: gives the 25-minute talk; -- check, list, handover, export and end are what belongs to it.
import { Refusal } from "#engine/files/refusal.ts";
import { workshopRoot } from "#engine/files/root.ts";
import { averages, checkTalk } from "../talk/cli/check.ts";
import { exportTalk } from "../talk/cli/export.ts";
import { giveTalk } from "../talk/cli/give.ts";
import { handOver, stageStep } from "../talk/cli/handover.ts";
import { forget, noteRehearsal, readSaved } from "../talk/cli/saved.ts";
import { listText } from "../talk/cli/told.ts";
import { Script } from "../talk/session/script.ts";
import { readTalk } from "../talk/text/talk.ts";
import { main, readFlags } from "./lib.ts";

const USAGE = "npm run talk -- [check | list | handover [3.4] | export | end] [--step 3.4] [--port 4322] [--one-screen]";
const root = workshopRoot();

const COMMANDS: Record<string, (word: string | undefined) => Promise<void> | void> = {
  check: async () => {
    if (!(await checkTalk(root))) process.exitCode = 1;
  },
  list: () => console.log(`${listText(readTalk(), averages(root))}\n`),
  handover: async (step) => {
    const { lesson, files, kept, step: at } = await handOver(root, step ?? stageStep(root));
    console.log(`\n  You stand where the stage does, at ${at}: lesson ${lesson}.\n  ${files.length === 0 ? "Nothing had to be changed." : `Written: ${files.join(", ")}`}${kept ? `\n  What you had is in ${kept}; npm run undo brings it back.` : ""}\n\n  Next: npm start\n`);
  },
  export: async () => {
    for (const file of await exportTalk(root)) console.log(`  ${file}`);
  },
  end: async () => {
    const saved = readSaved(root);
    if (!saved) return console.log("\n  No talk is under way: your files are as they were.\n");
    noteRehearsal(root, saved.pace);
    const files = await new Script(root, saved.script).end();
    forget(root);
    console.log(`\n  ${files.length === 0 ? "Your files were as they had been." : `Put back as before the talk: ${files.join(", ")}`}\n  What the talk had made of them is a backup; npm run undo brings it back.\n`);
  },
};

await main(USAGE, async () => {
  const { values, positionals } = readArguments();
  const [name, word] = positionals;
  const command = name === undefined ? undefined : COMMANDS[name];
  if (name !== undefined && !command) throw new Refusal(`Cannot do "${name}": the talk knows ${Object.keys(COMMANDS).join(", ")}.`, USAGE);
  if (command) return command(word);
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port > 1_024 && port < 60_000)) throw new Refusal(`Cannot open the talk as --port is a port for programs: it was ${values.port}.`, USAGE);
  await giveTalk({ root, ...(port === undefined ? {} : { port }), ...(values.step === undefined ? {} : { step: values.step }), oneScreen: values["one-screen"] === true });
});

function readArguments() {
  return readFlags(USAGE, { allowPositionals: true, options: { port: { type: "string" }, step: { type: "string" }, "one-screen": { type: "boolean" } } });
}
