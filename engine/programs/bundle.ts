import { existsSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { build, type BuildFailure, type Message, type Plugin } from "esbuild";
import { repositoryRoot, workshopRoot } from "#engine/files/root.ts";
import { makePackages } from "./packages.ts";
import { baseName, findImport, findProgram, programsIn } from "./overlay.ts";

export interface BundleOptions {
  /** The program: a base name (`worker`), a file name (`worker.ts`) or an absolute path. */
  file: string;
  /** The folders that make up the lesson, first come first: `[attempt, solution, lesson]`. Absolute. */
  lookIn: string[];
  /** The folder for the bundle. It lies inside the repository, so that bare imports find its node_modules. */
  out: string;
  /** What `#world` and messages start from; the workshop's root when absent. */
  root?: string;
}

/** No folder has the program. */
export class MissingProgram extends Error {
  /** The program's base name. */
  readonly program: string;
  /** Programs that the folders do have. */
  readonly found: string[];

  constructor(program: string, found: string[]) {
    super(`Cannot find the program ${program}: a file ${program}.ts is required, found are ${found.join(", ") || "no programs at all"}`);
    this.name = "MissingProgram";
    this.program = program;
    this.found = found;
  }
}

/** esbuild cannot read the program: a syntax error, or an import that leads nowhere. */
export class DoesNotParse extends Error {
  /** Relative to the repository root; absolute when it lies outside. */
  readonly file: string;
  /** From 1; 0 when the error has no place. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** What is wrong, in esbuild's words. */
  readonly text: string;
  /** The line and a caret under the place; empty when the error has no place. */
  readonly excerpt: string;

  constructor(place: { file: string; line: number; column: number; text: string; excerpt: string }) {
    super(`${place.file}:${place.line}:${place.column}: ${place.text}`);
    this.name = "DoesNotParse";
    this.file = place.file;
    this.line = place.line;
    this.column = place.column;
    this.text = place.text;
    this.excerpt = place.excerpt;
  }
}

let count = 0;

/**
 * Bundles a program's own files into one `.mjs` with an inline source map; npm packages stay imports (`packages.ts`).
 * Returns the path of the bundle, which no other call writes. Throws `MissingProgram` or `DoesNotParse`.
 * 3-5 ms, the first time in a process 90 ms; esbuild's service stays for the next call and does not keep us alive.
 */
export async function bundle(options: BundleOptions): Promise<string> {
  const root = options.root ?? workshopRoot();
  const entry = findProgram(options.file, options.lookIn);
  if (!entry) throw new MissingProgram(baseName(options.file), programsIn(options.lookIn));
  const outfile = join(options.out, `${baseName(entry)}-${process.pid}-${++count}.mjs`);
  await Promise.all([mkdir(options.out, { recursive: true }), makePackages()]);
  try {
    await build({ ...FIXED, absWorkingDir: root, entryPoints: [entry], outfile, plugins: [overlay(options.lookIn, root)] });
  } catch (error) {
    throw isBuildFailure(error) ? doesNotParse(error.errors[0]!, root) : error;
  }
  return outfile;
}

/** Starts esbuild's service ahead of the first program. */
export async function warmBundler(): Promise<void> {
  await build({ stdin: { contents: "" }, write: false, logLevel: "silent" });
}

// tsconfigRaw is not set: as under tsx, the tsconfig.json above a file decides.
const FIXED = {
  bundle: true,
  packages: "external",
  format: "esm",
  platform: "node",
  target: "node20",
  sourcemap: "inline",
  sourcesContent: true,
  logLevel: "silent",
} as const;

function overlay(lookIn: string[], root: string): Plugin {
  return {
    name: "lesson folders",
    setup(build) {
      build.onResolve({ filter: /^\.\.?\// }, ({ path, importer }) => {
        const found = findImport(path, importer, lookIn);
        return found ? { path: found } : undefined;
      });
      // Also for programs outside this repository (--from), which have no package.json with these imports.
      build.onResolve({ filter: /^#/ }, ({ path, kind, pluginData, resolveDir }) => {
        if (pluginData === "again" || resolveDir === root) return undefined;
        if (path === "#world" || path === "#nats") return { path: lessonsOwn(`${path.slice(1)}.ts`, root) };
        return build.resolve(path, { kind, resolveDir: root, pluginData: "again" });
      });
    },
  };
}

// A toy workshop may do without a world of its own.
function lessonsOwn(file: string, root: string): string {
  const own = join(root, "lessons", file);
  return existsSync(own) ? own : join(repositoryRoot, "lessons", file);
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && Array.isArray((error as Partial<BuildFailure>).errors) && (error as BuildFailure).errors.length > 0;
}

function doesNotParse({ text, location }: Message, root: string): DoesNotParse {
  if (!location) return new DoesNotParse({ file: "", line: 0, column: 0, text, excerpt: "" });
  const inside = relative(root, resolve(root, location.file));
  const file = inside.startsWith("..") ? resolve(root, location.file) : inside;
  const source = location.lineText || (readFileSync(resolve(root, location.file), "utf8").split("\n")[location.line - 1] ?? "");
  // esbuild counts columns in bytes.
  const before = Buffer.from(source).subarray(0, location.column).toString();
  const excerpt = `${source}\n${before.replace(/[^\t]/g, " ")}${"^".repeat(Math.max(1, Math.min(location.length, source.length - before.length)))}`;
  return new DoesNotParse({ file, line: location.line, column: before.length + 1, text, excerpt });
}
