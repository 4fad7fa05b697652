import type { ChildProcess } from "node:child_process";

/** What a waiting process is to become. */
export interface Role {
  /** Path of the bundle. */
  bundle: string;
  args: string[];
  env: Record<string, string>;
  cwd: string;
}

/** Waiting node processes, ready to become a program. */
export interface WarmPool extends AsyncDisposable {
  /** A process that has become the program; undefined when none was waiting. */
  take(role: Role): Promise<ChildProcess | undefined>;
}
