import { spawn } from "node:child_process";
import { killAtExit } from "./at-exit.ts";
import type { ServerExit, ServerReaper } from "./types.ts";

/** One process of a server, from spawn to exit. */
export interface Life {
  readonly pid: number;
  readonly exit: ServerExit | undefined;
  readonly exited: Promise<ServerExit>;
  /** False when it is gone already. */
  signal(name: NodeJS.Signals): boolean;
}

/** How to spawn one. */
export interface LifeOptions {
  args: string[];
  onLog: (text: string) => void;
  reaper: ServerReaper | undefined;
}

/**
 * Spawns a nats-server. It gets a process group of its own only when a reaper watches over that group: without one it
 * stays in the terminal's, so that Ctrl-C reaches it. Throws what spawn throws (ENOENT, EACCES).
 */
export async function spawnLife(binary: string, { args, onLog, reaper }: LifeOptions): Promise<Life> {
  const child = spawn(binary, args, { stdio: ["ignore", "ignore", "pipe"], detached: reaper !== undefined });
  child.stderr.setEncoding("utf8").on("data", onLog);
  await new Promise<void>((resolve, reject) => child.once("spawn", resolve).once("error", reject));
  const pid = child.pid as number;
  const unwatch = watchOver(pid, reaper);
  let exit: ServerExit | undefined;
  const exited = new Promise<ServerExit>((resolve) => {
    // "close" comes after the last line of stderr was read; "exit" may come before it.
    child.once("close", (code, signal) => {
      unwatch();
      resolve((exit = { code, signal }));
    });
  });
  return { pid, exited, get exit() { return exit; }, signal: (name) => child.kill(name) };
}

/** `ended with code 1`, `was ended by SIGKILL`. */
export function inWords({ code, signal }: ServerExit): string {
  return signal ? `was ended by ${signal}` : `ended with code ${code}`;
}

// A runner that ends without closing its servers leaves none behind: at exit by our own hand, at SIGKILL by the reaper's.
function watchOver(pid: number, reaper: ServerReaper | undefined): () => void {
  const spare = killAtExit(pid);
  reaper?.group(pid);
  return () => {
    spare();
    reaper?.forget(pid);
  };
}
