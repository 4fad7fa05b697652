import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { removeAtExit } from "./at-exit.ts";
import { messageOf, ServerError } from "./errors.ts";
import type { Ports } from "./ready.ts";
import type { ServerOptions } from "./types.ts";

/** The folders of one server, over all its lives. */
export interface Place extends AsyncDisposable {
  /** The server writes its ports file here. */
  ports: string;
  store: string;
  /** The configuration to run with, when one was asked for. */
  config: Config | undefined;
}

interface Config {
  file: string;
  /** The file names our store itself, so the command line must not. */
  setsStore: boolean;
}

/**
 * Makes the folders of a server in the temporary directory. A store that the caller named is left alone in the end.
 * Throws ServerError when the configuration cannot be read.
 */
export async function makePlace(options: ServerOptions): Promise<Place> {
  const config = options.config ? await readConfig(resolve(options.config)) : undefined;
  const folder = await mkdtemp(join(tmpdir(), "workshop-server-"));
  options.reaper?.folder(folder);
  const store = options.store ? resolve(options.store) : join(folder, "store");
  const ports = join(folder, "ports");
  await mkdir(ports);
  const spare = removeAtExit(folder);
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 }).then(spare);
  return { ports, store, config: config && (await withStore(config, folder, store)), [Symbol.asyncDispose]: remove };
}

/** nats-server's command line. A port that is undefined is any free one (-1). */
export function argumentsFor(options: ServerOptions, place: Place, name: string, ports: Partial<Ports>): string[] {
  return [
    ...(place.config ? ["-c", place.config.file] : []),
    "-a", "127.0.0.1", "-p", String(ports.client || -1), "-m", String(ports.monitor || -1),
    "--name", name, "--ports_file_dir", place.ports, "--no_advertise=true",
    ...(options.jetstream === false ? [] : ["-js"]),
    ...(place.config?.setsStore || options.jetstream === false ? [] : ["-sd", place.store]),
    ...(options.args ?? []),
  ];
}

const STORE = /(\bstore_?dir\s*[:=]?\s*)("[^"\n]*"|'[^'\n]*'|[^\s,}#]+)/gi;

async function readConfig(file: string): Promise<{ file: string; text: string }> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new ServerError(`Cannot read the configuration ${file}: ${messageOf(error)}`, `ls ${file}`, { cause: error });
  });
  return { file, text };
}

// nats-server refuses -sd beside a file that sets store_dir ("Duplicate 'store_dir' configuration"), so such a file
// is copied with the store of this server in its place. Name and line numbers stay, for the errors that tell them.
async function withStore({ file, text }: { file: string; text: string }, folder: string, store: string): Promise<Config> {
  const ours = text.replace(/^([ \t]*)(#|\/\/).*$/gm, "$1").replace(STORE, (_all, key: string) => `${key}${JSON.stringify(store)}`);
  if (!ours.includes(JSON.stringify(store))) return { file, setsStore: false };
  const copy = join(folder, basename(file));
  await writeFile(copy, ours);
  return { file: copy, setsStore: true };
}
