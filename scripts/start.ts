// npm start: opens the house at the lesson where you left off, says the task, and checks on every save.
import { relative } from "node:path";
import { watch } from "chokidar";
import { argv, chalk } from "zx";
import { runLesson, troubleOf } from "#engine/check/runner.ts";
import { openHouse, type House } from "#engine/house/house.ts";
import { findLesson, shortName, type Lesson } from "#engine/lessons/catalogue.ts";
import { currentLesson } from "#engine/progress/current.ts";
import { withFirst } from "#engine/progress/first.ts";
import { noteRun } from "#engine/progress/note.ts";
import { openPool } from "#engine/programs/pool.ts";
import { checkLines, ending, heading, lookOf } from "#engine/report/terminal.ts";
import { saves } from "#engine/house/saves.ts";

const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => stop.abort());

try {
  const lesson = argv._[0] === undefined ? await currentLesson() : await findLesson(String(argv._[0]));
  await using house = await openHouse({ lesson, command: "start", ...(argv.port ? { port: Number(argv.port) } : {}) });
  await using pool = await openPool(3);
  sayWelcome(lesson, house);
  const look = lookOf(process.stdout);
  const check = async () => {
    console.log(heading(lesson, look));
    const beside = await withFirst({ lesson: lesson.id });
    const verdict = await runLesson(lesson, { pool, signal: stop.signal, onCheck: (one) => console.log(checkLines(beside(one), look)) });
    if (stop.signal.aborted) return;
    console.log(ending(verdict, lesson, look));
    await noteRun(lesson, verdict);
  };
  await saves({ watch: watch(lesson.folder, { ignoreInitial: true, awaitWriteFinish: false }), folder: lesson.folder, signal: stop.signal, onSave: check });
  console.log("\n  Closed. Nothing is left running.");
} catch (error) {
  const { text, next } = troubleOf(error);
  console.error(`\n  ${text}\n\n  Next: ${next}\n`);
  process.exitCode = 2;
}

function sayWelcome(lesson: Lesson, house: House): void {
  const files = Object.keys(lesson.programs).map((name) => relative(process.cwd(), `${lesson.folder}/${name}.ts`));
  console.log(`
  ${chalk.bold(`Lesson ${shortName(lesson)} · ${lesson.title}`)}   ${chalk.dim(`about ${lesson.minutes} minutes`)}

  ${lesson.task}

  read    lessons/${lesson.id}/README.md
  change  ${files.join("\n          ")}
  hint    npm run hint -- ${shortName(lesson)}

  A nats-server listens on ${house.natsUrl}, the outside world on ${house.worldUrl}.
  ${house.exports.join("\n  ")}
  Save a file and it is checked here. Ctrl-C closes the workshop.
`);
}
