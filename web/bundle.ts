import { readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const FOLDER = join(import.meta.dirname, "client");
const made = new Map<string, Promise<string>>();

/** The scripts a page may name: each file of `web/client/` itself, without its ending. */
export function clientNames(): string[] {
  return readdirSync(FOLDER).filter((file) => file.endsWith(".ts")).map((file) => file.slice(0, -3));
}

/**
 * A page's script as one JavaScript text, made in memory from `web/client/<name>.ts` and what it imports (30 ms or so,
 * once in a process). Throws what esbuild says when the file has a mistake.
 */
export function bundled(name: string): Promise<string> {
  const known = made.get(name) ?? make(name);
  made.set(name, known);
  known.catch(() => made.delete(name));
  return known;
}

async function make(name: string): Promise<string> {
  const result = await build({
    entryPoints: [join(FOLDER, `${name}.ts`)],
    bundle: true, write: false, minify: true, charset: "utf8",
    format: "iife", platform: "browser", target: "es2022", logLevel: "silent",
  });
  return result.outputFiles[0]?.text ?? "";
}
