import type { Step } from "../text/parse.ts";
import type { Files } from "../text/states.ts";
import type { LaidStep, Script } from "./script.ts";
import { isTyped, lineByLine } from "./typing.ts";

/** How a step's code comes: all of it, a line with every press, or typed by the presenter with the step as a ghost. */
export type Speed = "at once" | "line by line" | "typed";

/** A text of one file on the way to a step. */
export interface Stop {
  path: string;
  text: string;
}

/** Lays a step's files at the speed that is chosen. Answers what was laid, and the texts that are still to come. */
export async function layAt(speed: Speed, { script, step, files }: { script: Script; step: Step; files: Files }): Promise<{ laid?: LaidStep; stops: Stop[] }> {
  if (!step.code || speed === "typed") return { stops: [] };
  const path = [...files.keys()].find((one) => one.endsWith(`/${step.code?.file}`));
  const now = path === undefined ? undefined : script.read(path);
  const stops = speed === "line by line" && path !== undefined && now !== undefined && script.data.base[path] !== undefined ? lineByLine(now, textOf(script, files, path)) : [];
  const laid = await script.lay(step.id, files);
  if (stops.length < 2 || path === undefined || now === undefined) return { laid, stops: [] };
  // The journal knows the whole step before its first line is shown.
  await script.write(path, now);
  return { laid, stops: stops.map((text) => ({ path, text })) };
}

/** Whether the presenter's files lack something of the step. */
export function isMissing(script: Script, files: Files): boolean {
  return [...files].some(([path, text]) => !isTyped(script.read(path) ?? "", text));
}

function textOf(script: Script, files: Files, path: string): string {
  return script.plan(files).find((one) => one.path === path)?.text ?? "";
}
