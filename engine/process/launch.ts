import { spawn, type ChildProcess } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { Refusal } from "#engine/files/refusal.ts";
import "./end.ts";
import type { GroupOptions } from "./group.ts";
import { NO_LIMITS, type Limits } from "./limits.ts";

/** What a process is started with. */
export type LaunchOptions = Pick<GroupOptions, "cwd" | "env" | "name" | "stdin" | "limits">;

/** Starts `command` as leader of a process group of its own, and leaves its pipes unread: for `adopt`. Throws a `Refusal` when it cannot be started. */
export function launch(command: string[], options: LaunchOptions): ChildProcess {
  if (!isThere(command[0]!, options)) throw cannotStart(command, options);
  const [file, ...args] = limitFiles(command, options.limits);
  const child = spawn(file!, args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe", ...(options.stdin === "ipc" ? ["ipc" as const] : [])],
  });
  if (child.pid !== undefined) return child;
  child.on("error", () => {});
  throw cannotStart(command, options);
}

/**
 * `ulimit -f` counts blocks of 512 bytes in every `sh`. It goes for regular files only, not for pipes. Node ignores
 * SIGXFSZ, so a program sees EFBIG; other programs may be ended by the signal. PWD is what dash adds to the environment.
 */
function limitFiles(command: string[], limits: Limits = NO_LIMITS): string[] {
  if (limits.fileBytes === Infinity) return command;
  return ["/bin/sh", "-c", `ulimit -f ${Math.ceil(limits.fileBytes / 512)}; unset PWD OLDPWD; exec "$@"`, "sh", ...command];
}

// Asked before, because the `sh` of limitFiles starts in any case.
function isThere(command: string, { cwd, env }: LaunchOptions): boolean {
  const places = command.includes("/") ? [resolve(cwd, command)] : (env.PATH ?? "").split(":").map((folder) => join(folder, command));
  return existsSync(cwd) && places.some(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function cannotStart(command: string[], { name, cwd }: LaunchOptions): Refusal {
  if (!existsSync(cwd)) return new Refusal(`Cannot start ${name}: the folder to run in is not there: "${cwd}"`, `mkdir -p '${cwd}'`);
  return new Refusal(`Cannot start ${name}: the command must be an executable file or stand in PATH: current command is "${command[0]}"`, `command -v '${command[0]}'`);
}
