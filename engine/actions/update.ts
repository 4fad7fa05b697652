import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { backUp } from "#engine/files/backups.ts";
import { mergeTexts } from "#engine/files/merge.ts";
import { Refusal } from "#engine/files/refusal.ts";
import { workshopRoot } from "#engine/files/root.ts";
import { writeSafely } from "#engine/files/write.ts";
import { editedFiles, keepOriginals, original } from "#engine/lessons/originals.ts";

/** What an update has done. Paths are relative to the root. */
export interface Updated {
  /** Commits that came. */
  commits: number;
  /** Files of the learner's whose starter did not change: as they were. */
  kept: string[];
  /** Files into which the newer starter was merged. */
  merged: string[];
  /** Files where both had changed the same lines: the learner's stand, the newer starter lies beside under this name. */
  beside: string[];
  /** True when dependencies changed. */
  install: boolean;
}

interface Edited {
  file: string;
  mine: string;
  base: string;
}

/**
 * Takes a newer workshop by `git pull` and keeps what the learner typed: a backup first, then the starters are laid,
 * the pull is made, and each edited file is merged with its newer starter, line by line.
 * Throws a `Refusal`, with every file as it was, when git is not there or the pull cannot be made.
 */
export async function updateWorkshop(root: string = workshopRoot()): Promise<Updated> {
  const before = git(root, "rev-parse", "HEAD");
  const lock = lockOf(root);
  const edited = editedFiles(root).filter((file) => existsSync(join(root, file))).map((file) => ({ file, mine: readFileSync(join(root, file), "utf8"), base: baseOf(file, root) }));
  await backUp(edited.map(({ file }) => join(root, file)), "update", root);
  try {
    for (const { file, base } of edited) await writeSafely(join(root, file), base);
    git(root, "pull", "--ff-only", "--quiet");
  } catch (cause) {
    for (const { file, mine } of edited) await writeSafely(join(root, file), mine);
    throw new Refusal(`Cannot take the newer workshop: ${(cause as Error).message.trim()}\nYour files are as they were.`, "git status", { cause });
  }
  keepOriginals(root);
  const results = await Promise.all(edited.map((one) => bringTogether(one, root)));
  return {
    commits: Number(git(root, "rev-list", "--count", `${before}..HEAD`)),
    kept: results.flatMap(({ file, how }) => (how === "kept" ? [file] : [])),
    merged: results.flatMap(({ file, how }) => (how === "merged" ? [file] : [])),
    beside: results.flatMap(({ beside }) => (beside ? [beside] : [])),
    install: lock !== lockOf(root),
  };
}

async function bringTogether({ file, mine, base }: Edited, root: string): Promise<{ file: string; how: "kept" | "merged"; beside?: string }> {
  const theirs = original(file, root);
  const { text, conflicts } = mergeTexts({ mine, base, theirs: theirs ?? base });
  await writeSafely(join(root, file), text);
  if (theirs === undefined || theirs === base) return { file, how: "kept" };
  if (conflicts === 0) return { file, how: "merged" };
  const beside = file.replace(/(\.\w+)$/, ".newer$1.txt");
  await writeSafely(join(root, beside), theirs);
  return { file, how: "merged", beside };
}

function baseOf(file: string, root: string): string {
  const text = original(file, root);
  if (text === undefined) throw new Refusal(`Cannot update as the original of ${file} is not kept on this machine, so your changes cannot be told from it.`, `git diff ${file}`);
  return text;
}

function git(root: string, ...args: string[]): string {
  try {
    return execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  } catch (error) {
    const { code, stderr } = error as { code?: string; stderr?: string };
    throw new Refusal(code === "ENOENT" ? "git is not installed, and an update needs it." : (stderr ?? String(error)), "git status", { cause: error });
  }
}

function lockOf(root: string): string {
  const file = join(root, "package-lock.json");
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}
