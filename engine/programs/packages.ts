import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { repositoryRoot } from "#engine/files/root.ts";

/**
 * Where the packages lie that are read as one file each. Programs are bundled below `.workshop/`, so node finds them
 * here before it looks into the repository's own node_modules, and a program's imports stay as they are typed.
 */
export const PACKAGES: string = join(repositoryRoot, ".workshop", "node_modules");

const INSTALLED = join(repositoryRoot, "node_modules");
const STAMP = ".made-of";

let made: Promise<void> | undefined;

/**
 * Makes one file of each NATS package, with what they share in files beside them, unless that is done for what is
 * installed now. A client is 130 files: reading them costs a program 70 to 80
 * of the 200 ms of processor time that it takes to start.
 * 0.2 s after an install, 1 ms later. It never throws: without it programs read the packages as npm laid them.
 */
export function makePackages(): Promise<void> {
  made ??= make().catch(() => {});
  return made;
}

async function make(): Promise<void> {
  const stamp = stampOf(readFileSync(join(INSTALLED, ".package-lock.json")));
  if (stampAt(PACKAGES) === stamp) return;
  const folder = `${PACKAGES}.${process.pid}`;
  try {
    await bundleInto(folder);
    await writeFile(join(folder, STAMP), stamp);
    if (stampAt(PACKAGES) !== stamp) await rm(PACKAGES, { recursive: true, force: true });
    // Another process may have been quicker: its files say the same.
    await rename(folder, PACKAGES);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** All of a scope together: two copies of the client's core would not know each other's connections and errors. */
async function bundleInto(folder: string): Promise<void> {
  const doors = readdirSync(join(INSTALLED, "@nats-io")).flatMap((name) => doorsOf(`@nats-io/${name}`));
  await mkdir(folder, { recursive: true });
  const entryPoints: Record<string, string> = {};
  for (const { name, door } of doors) {
    const specifier = join(name, door);
    const entry = join(folder, `${specifier.replaceAll("/", "+")}.entry.mjs`);
    await writeFile(entry, await entryText(specifier));
    entryPoints[fileOf(name, door)] = entry;
  }
  await build({
    entryPoints, outdir: folder, outExtension: { ".js": ".mjs" }, chunkNames: ".shared/[hash]", bundle: true, splitting: true,
    format: "esm", platform: "node", target: "node20", keepNames: true, logLevel: "silent", absWorkingDir: repositoryRoot,
    // The packages are CommonJS: what is left of `require` names node's own modules.
    banner: { js: `import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);` },
  });
  for (const name of new Set(doors.map((one) => one.name))) {
    const exports = Object.fromEntries(doors.filter((one) => one.name === name).map(({ door }) => [door, `./${fileOf("", door).slice(1)}.mjs`]));
    await writeFile(join(folder, name, "package.json"), JSON.stringify({ name, type: "module", exports }));
  }
  await Promise.all(Object.values(entryPoints).map((entry) => rm(entry)));
}

/** Everything that node lets be imported from it, under the same names. */
async function entryText(specifier: string): Promise<string> {
  const path = createRequire(join(repositoryRoot, "package.json")).resolve(specifier);
  const names = Object.keys((await import(pathToFileURL(path).href)) as object);
  return `export { ${names.join(", ")} } from ${JSON.stringify(path)};\n`;
}

function doorsOf(name: string): { name: string; door: string }[] {
  const { exports } = JSON.parse(readFileSync(join(INSTALLED, name, "package.json"), "utf8")) as { exports?: Record<string, unknown> | string };
  const doors = typeof exports === "object" ? Object.keys(exports).filter((door) => door.startsWith(".")) : ["."];
  return doors.map((door) => ({ name, door }));
}

function fileOf(name: string, door: string): string {
  return `${name}/${door === "." ? "index" : door.slice(2)}`;
}

function stampOf(text: Buffer): string {
  return createHash("sha256").update(text).digest("hex");
}

function stampAt(folder: string): string | undefined {
  const file = join(folder, STAMP);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
