import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { promisify } from "node:util";
import { messageOf, ServerError } from "./errors.ts";

/** A nats-server that can be started, and where it came from. */
export interface ServerBinary {
  /** Absolute path. */
  path: string;
  /** `2.14.0` */
  version: string;
  source: "NATS_SERVER_BIN" | "workshop" | "npm" | "archive" | "path";
  /** True when its bytes were checked against the table in pin.ts. */
  verified: boolean;
  /** sha256 of the binary in hex, where it is known without reading the whole file. */
  sha256?: string;
}

const run = promisify(execFile);
const known = new Map<string, string>();

/**
 * The version that a binary says it has (`nats-server --version`), asked once per file and process.
 * Throws ServerError when it is not there, does not run, or is something else.
 */
export async function versionOf(path: string): Promise<string> {
  const key = await identity(path);
  const version = known.get(key) ?? (await ask(path));
  known.set(key, version);
  return version;
}

/** Whether a dotted version is the required one or later: `isAtLeast("2.14.0", "2.11")`. */
export function isAtLeast(version: string, required: string): boolean {
  const [have, need] = [version, required].map((text) => text.split(".").map((part) => Number.parseInt(part, 10)));
  for (const [index, part] of (need ?? []).entries()) {
    const own = have?.[index] ?? 0;
    if (own !== part) return own > part;
  }
  return true;
}

async function identity(path: string): Promise<string> {
  const file = await stat(path).catch(() => undefined);
  if (!file?.isFile()) throw new ServerError(`${path} is not a file`, `ls -l ${path}`);
  return `${path} ${file.size} ${file.mtimeMs}`;
}

async function ask(path: string): Promise<string> {
  const said = await run(path, ["--version"], { timeout: 10_000 }).catch((error: unknown) => {
    throw new ServerError(`${path} does not run: ${messageOf(error).trim()}`, `${path} --version`, { cause: error });
  });
  const version = /nats-server: v(\d+\.\d+\.\d+)/.exec(said.stdout)?.[1];
  if (!version) throw new ServerError(`${path} is not a nats-server: --version says "${said.stdout.trim().slice(0, 80)}"`, `${path} --version`);
  return version;
}
