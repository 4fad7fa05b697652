import { once } from "node:events";
import { utimesSync } from "node:fs";
import { join } from "node:path";
import { watch, type FSWatcher } from "chokidar";

/** A folder that is watched. */
export interface FolderWatch extends AsyncDisposable {
  /** True where file events do not arrive, as on WSL mounts and network drives, and the files are looked at instead. */
  readonly polling: boolean;
}

/** How long an event may take to arrive before none is expected. */
const ARRIVES_MS = 1_000;
/** How often files are looked at where events do not arrive, and how long an editor may take to write one. */
const POLL_MS = 400;

/**
 * Calls `onChange` when something in a folder changes. Whether events arrive is tried out, by touching the
 * lesson's README; where they do not, the files are looked at every 400 ms.
 * `WORKSHOP_WATCH=deaf` plays such a place in tests.
 */
export async function watchFolder(folder: string, onChange: () => void, env: NodeJS.ProcessEnv = process.env): Promise<FolderWatch> {
  const native = await opened(folder, false);
  if (env.WORKSHOP_WATCH !== "deaf" && (await eventsArrive(native, folder))) return watching(native, onChange, false);
  await native.close();
  return watching(await opened(folder, true), onChange, true);
}

async function opened(folder: string, usePolling: boolean): Promise<FSWatcher> {
  const watcher = watch(folder, { ignoreInitial: true, usePolling, interval: POLL_MS });
  await once(watcher, "ready");
  return watcher;
}

async function eventsArrive(watcher: FSWatcher, folder: string): Promise<boolean> {
  const arrived = once(watcher, "all", { signal: AbortSignal.timeout(ARRIVES_MS) }).then(() => true, () => false);
  try {
    const now = new Date();
    utimesSync(join(folder, "README.md"), now, now);
  } catch {
    // A folder that cannot be touched is looked at.
  }
  return arrived;
}

function watching(watcher: FSWatcher, onChange: () => void, polling: boolean): FolderWatch {
  watcher.on("all", onChange);
  return { polling, [Symbol.asyncDispose]: () => watcher.close() };
}
