import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "#engine/files/root.ts";
import { Refusal } from "#engine/files/refusal.ts";
import { parsePart, type Part, type Step } from "./parse.ts";

/** The whole talk. */
export interface Talk {
  parts: Part[];
  /** All steps, in order. */
  steps: Step[];
  /** Its length. */
  seconds: number;
}

/** Reads the six parts, `talk/1-why.md` to `talk/6-closing.md`. Throws a `Refusal` that names file and line. */
export function readTalk(folder: string = join(repositoryRoot, "talk")): Talk {
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => /^\d-.*\.md$/.test(name)).sort() : [];
  if (files.length === 0) throw new Refusal(`Cannot read the talk as its parts must lie in ${folder}: there is none`, "git status");
  const parts = files.map((name) => parsePart(readFileSync(join(folder, name), "utf8"), { file: `talk/${name}`, number: Number(name[0]) }));
  const steps = parts.flatMap((part) => part.steps);
  return { parts, steps, seconds: steps.reduce((sum, step) => sum + step.seconds, 0) };
}

/** The step of that id, `3.2`. Throws a `Refusal` that names those there are. */
export function findStep(talk: Talk, id: string): number {
  const index = talk.steps.findIndex((step) => step.id === id);
  if (index >= 0) return index;
  throw new Refusal(`Cannot find step "${id}". The steps are ${talk.parts.map((part) => `${part.number}.1 to ${part.number}.${part.steps.length}`).join(", ")}.`, "npm run talk -- list");
}
