import { join } from "node:path";
import { backUp } from "#engine/files/backups.ts";
import { Refusal } from "#engine/files/refusal.ts";
import { writeSafely } from "#engine/files/write.ts";
import { setCurrent } from "#engine/progress/note.ts";
import { Script } from "../session/script.ts";
import { codeAt, filesOf } from "../text/states.ts";
import { findStep, readTalk } from "../text/talk.ts";
import { readSaved } from "./saved.ts";

/** Where a learner stands after a handover. */
export interface HandedOver {
  step: string;
  lesson: string;
  /** Files that were written, relative to the root. */
  files: string[];
  /** Where the learner's own text is kept, relative to the root; absent when there was none to keep. */
  kept?: string;
}

/**
 * Leaves a learner where the stage stands: the programs as they are in that step, and the step's lesson open. The
 * learner's own text is backed up first, and `npm run undo` brings it back. Throws a `Refusal` when the step has no code.
 */
export async function handOver(root: string, step: string): Promise<HandedOver> {
  const talk = readTalk();
  const code = codeAt(talk.steps, findStep(talk, step));
  if (!code) throw new Refusal(`Cannot hand over step ${step} as it must have code: the first step with code comes later.`, "npm run talk -- list");
  const files = filesOf(code);
  const script = new Script(root);
  const differ = [...files].filter(([path, text]) => script.read(path) !== text).map(([path]) => path);
  const backup = await backUp(differ.map((path) => join(root, path)), `handover-${step}`, root);
  for (const path of differ) await writeSafely(join(root, path), files.get(path)!);
  await setCurrent(code.lesson, root);
  return { step, lesson: code.lesson, files: differ, ...(backup ? { kept: backup.folder.slice(root.length + 1) } : {}) };
}

/** The step where the stage stands on this machine. Throws a `Refusal` when no talk is under way. */
export function stageStep(root: string): string {
  const saved = readSaved(root);
  if (saved) return saved.step;
  throw new Refusal("Cannot tell where the stage stands as no talk is under way on this machine: name the step that the presenter says.", "npm run talk -- handover 3.4");
}
