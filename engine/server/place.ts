import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import type { Ports } from "./ready.ts";
import type { ServerOptions } from "./types.ts";

/** The folders of one server, over all its lives. */
export interface Place extends AsyncDisposable {
  /** The server writes its ports file here. */
  ports: string;
  store: string;
  /** The configuration to run with, when one was asked for. */
  config: string | undefined;
}

/** Makes the folders of a server in the temporary directory. A store that the caller named is left alone in the end. */
export async function makePlace(options: ServerOptions): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), "workshop-server-"));
  options.reaper?.folder(folder);
  const store = options.store ? resolve(options.store) : join(folder, "store");
  const ports = join(folder, "ports");
  await mkdir(ports);
  const config = options.config ? await configFor(resolve(options.config), folder, store) : undefined;
  return { ports, store, config, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 }) };
}

/** nats-server's command line. A port that is undefined is any free one (-1). */
export function argumentsFor(options: ServerOptions, place: Place, name: string, ports: Partial<Ports>): string[] {
  return [
    ...(place.config ? ["-c", place.config] : []),
    "-a", "127.0.0.1", "-p", String(ports.client || -1), "-m", String(ports.monitor || -1),
    "--name", name, "--ports_file_dir", place.ports, "--no_advertise=true",
    ...(options.jetstream === false ? [] : ["-js"]),
    ...(setsStore(place) || options.jetstream === false ? [] : ["-sd", place.store]),
    ...(options.args ?? []),
  ];
}

const STORE = /(\bstore_?dir\s*[:=]?\s*)("[^"\n]*"|'[^'\n]*'|[^\s,}#]+)/gi;
const OURS = "with-our-store-";

// nats-server refuses -sd beside a file that sets store_dir ("Duplicate 'store_dir' configuration"), so such a file
// is copied with the store of this server in its place. Line numbers stay, for the errors that name them.
async function configFor(file: string, folder: string, store: string): Promise<string> {
  const text = await readFile(file, "utf8");
  const ours = text.replace(/^(\s*)(#|\/\/).*$/gm, "$1").replace(STORE, (_all, key: string) => `${key}${JSON.stringify(store)}`);
  if (!ours.includes(JSON.stringify(store))) return file;
  const copy = join(folder, `${OURS}${basename(file)}`);
  await writeFile(copy, ours);
  return copy;
}

function setsStore({ config }: Place): boolean {
  return config !== undefined && basename(config).startsWith(OURS);
}
