import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";

const ENDINGS = [".ts", ".mts", ".js", ".mjs"];

/**
 * The file of a program, which is known by its base name: `worker` and `worker.ts` are both the first
 * `worker.ts`, `.mts`, `.js` or `.mjs` of the folders in their order. An absolute path is taken as it is.
 * Undefined when none of them has it.
 */
export function findProgram(file: string, lookIn: string[]): string | undefined {
  if (file.startsWith("/")) return isFile(file) ? file : undefined;
  const exact = lookIn.map((folder) => join(folder, file));
  const named = lookIn.flatMap((folder) => ENDINGS.map((ending) => join(folder, `${baseName(file)}${ending}`)));
  // Folder by folder: an attempt's worker.mts goes before the solution's worker.ts.
  const inOrder = lookIn.flatMap((folder) => [...exact, ...named].filter((path) => dirname(path) === dirname(join(folder, file))));
  return inOrder.find(isFile);
}

/** `worker` for `worker.ts`, `dir/worker.mts` and `worker`. */
export function baseName(file: string): string {
  const name = basename(file);
  const ending = ENDINGS.find((one) => name.endsWith(one));
  return ending ? name.slice(0, -ending.length) : name;
}

/**
 * Where a relative import from a file in one of the folders leads: to the same place in the first folder that has
 * it. Undefined for an import from elsewhere, or one that no folder has.
 */
export function findImport(path: string, importer: string, lookIn: string[]): string | undefined {
  const home = lookIn.map((folder) => resolve(folder)).filter((folder) => isBelow(importer, folder)).sort((a, b) => b.length - a.length)[0];
  if (home === undefined) return undefined;
  const wanted = relative(home, resolve(dirname(importer), path));
  if (wanted.startsWith("..")) return undefined;
  return lookIn.flatMap((folder) => candidates(resolve(folder, wanted))).find(isFile);
}

/** What the folders have that could be meant, for a message: the programs in them by base name. */
export function programsIn(lookIn: string[]): string[] {
  const files = lookIn.filter((folder) => existsSync(folder)).flatMap((folder) => readdirSync(folder));
  return [...new Set(files.filter((file) => ENDINGS.some((ending) => file.endsWith(ending)) && !/^(lesson|check\.test)\./.test(file)))].sort();
}

// TypeScript lets `./contract.js` mean contract.ts, and a bundler lets the ending go.
function candidates(path: string): string[] {
  const bare = path.replace(/\.(m?)js$/, ".$1ts");
  return [path, ...(bare === path ? ENDINGS.map((ending) => path + ending) : [bare])];
}

function isBelow(file: string, folder: string): boolean {
  return !relative(folder, file).startsWith("..");
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
