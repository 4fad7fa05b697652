import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { workshopRoot } from "#engine/files/root.ts";
import { lessonIds } from "./catalogue.ts";

/**
 * Learners edit the starters in place, so the starters' own text has to be somewhere else.
 * `lessons/originals.sha256` names the hash of each (in the form of sha256sum), and `.workshop/originals/<hash>`
 * holds the text, put there at installation, before anybody typed.
 */
const LIST = "lessons/originals.sha256";
const STORE = ".workshop/originals";

/** Files of a lesson's folder that are not the learner's to change: these, and the check's own modules, `check.*.ts`. */
const OURS = new Set(["README.md", "lesson.ts"]);

/** The learner's files of one lesson, relative to the root, sorted: programs and data. */
export function starterFiles(id: string, root: string = workshopRoot()): string[] {
  const folder = join(root, "lessons", id);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.includes(".newer.") && !(entry.parentPath === folder && (OURS.has(entry.name) || entry.name.startsWith("check."))))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

/** Every file `originals.sha256` lists with its hash; a key is a path relative to the root. */
export function originalHashes(root: string = workshopRoot()): Map<string, string> {
  const list = join(root, LIST);
  if (!existsSync(list)) return new Map();
  const lines = readFileSync(list, "utf8").split("\n").filter(Boolean);
  return new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
}

/**
 * Writes `originals.sha256` anew from the files as they stand: a maintainer's step, after changing a starter. With
 * `only`, a lesson's folder name, the lines of the other lessons stay as they are. Answers the files it wrote.
 */
export function writeOriginalHashes(root: string = workshopRoot(), only?: string): string[] {
  const files = (only === undefined ? lessonIds(root) : [only]).flatMap((id) => starterFiles(id, root));
  const others = [...originalHashes(root)].filter(([file]) => only !== undefined && !file.startsWith(`lessons/${only}/`));
  const all = [...others, ...files.map((file) => [file, hashOf(readFileSync(join(root, file)))] as const)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(join(root, LIST), all.map(([file, hash]) => `${hash}  ${file}\n`).join(""));
  keepOriginals(root);
  return files;
}

/** Keeps every original that can still be had. Answers the paths of those that cannot: edited before they were kept, and no git. */
export function keepOriginals(root: string = workshopRoot()): string[] {
  return [...originalHashes(root)].filter(([file, hash]) => originalText(file, hash, root) === undefined).map(([file]) => file);
}

/** The starter's text of one file, or undefined where it cannot be had. */
export function original(file: string, root: string = workshopRoot()): string | undefined {
  const hash = originalHashes(root).get(file);
  return hash === undefined ? undefined : originalText(file, hash, root);
}

/** Lays a lesson's starter into an empty folder, for a run that must not read what the learner typed. */
export function layStarter(id: string, folder: string, root: string = workshopRoot()): void {
  for (const file of originalHashes(root).keys()) {
    if (!file.startsWith(`lessons/${id}/`)) continue;
    const text = original(file, root);
    if (text === undefined) throw new Error(`Cannot find the original of ${file}: it was edited before it was kept, and git does not have it`);
    const to = join(folder, file.slice(`lessons/${id}/`.length));
    mkdirSync(join(to, ".."), { recursive: true });
    writeFileSync(to, text);
  }
}

/** Files that are not as they were laid: the learner's own work. */
export function editedFiles(root: string = workshopRoot()): string[] {
  return [...originalHashes(root)].filter(([file, hash]) => !existsSync(join(root, file)) || hashOf(readFileSync(join(root, file))) !== hash).map(([file]) => file);
}

function originalText(file: string, hash: string, root: string): string | undefined {
  const kept = join(root, STORE, hash);
  const found = matching(() => readFileSync(kept), hash);
  if (found !== undefined) return found;
  const text = matching(() => readFileSync(join(root, file)), hash) ?? matching(() => fromGit(file, root), hash);
  if (text === undefined) return undefined;
  mkdirSync(join(root, STORE), { recursive: true });
  writeFileSync(kept, text);
  return text;
}

function matching(read: () => Buffer, hash: string): string | undefined {
  try {
    const bytes = read();
    return hashOf(bytes) === hash ? bytes.toString("utf8") : undefined;
  } catch {
    return undefined;
  }
}

function fromGit(file: string, root: string): Buffer {
  return execFileSync("git", ["show", `HEAD:./${file}`], { cwd: root, stdio: ["ignore", "pipe", "ignore"] });
}

function hashOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
