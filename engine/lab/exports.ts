import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Refusal } from "#engine/files/refusal.ts";
import { explainExit, firstError } from "#engine/programs/explain.ts";
import type { Handle } from "./handle.ts";
import type { Lab } from "./lab.ts";
import { launch } from "./launch.ts";
import { failure } from "./ready.ts";

/**
 * Imports a module of the lesson in a process of its own and answers what it exports, as JSON holds it: functions and
 * `undefined` are left out. Nothing of the learner's is loaded into the check.
 * Throws `ProgramFailure` when the module throws, ends the process or never ends, and a `Refusal` under `--run`.
 */
export async function exportsOf(lab: Lab, role: string): Promise<Record<string, unknown>> {
  if (lab.options.run) throw new Refusal(`Cannot start ${role} with --run: this lesson reads what the file exports.`, `npm run ${lab.lesson.script}`);
  const name = lab.nextName(role);
  const file = join(lab.folder, `exports-${name.replace("#", "-")}.json`);
  const handle = await launch(lab, { role, name, exportsTo: file });
  const exit = await handle.ended({ idle: 1_000 });
  if (!exit) throw failure(handle, "hangs", "It was imported, and the import does not end: look for an await that waits for ever, or a loop without an end.");
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) throw unread(handle);
  return JSON.parse(text) as Record<string, unknown>;
}

function unread(handle: Handle): Error {
  const error = firstError(handle.program);
  if (error) return failure(handle, "crashes-at-start", `It stopped with an error while it was imported: ${error.text}`, error.at);
  if (handle.program.exit?.code === 0) return failure(handle, "left-too-early", "It ended the process while it was imported, so nobody got to see what it exports.");
  return failure(handle, "crashes-at-start", explainExit(handle.program));
}
