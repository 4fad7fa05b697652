import type { WarmPool } from "#engine/programs/pool.ts";
import type { NatsServer } from "#engine/server/start.ts";

/** How a lab is opened. All of it is optional. */
export interface LabOptions {
  /** Folder the programs are taken from; what it lacks comes from the solution. The lesson's own folder when absent. */
  from?: string;
  /** A command that starts the programs `from` has, with `{program}` and `{dir}` replaced. */
  run?: string;
  /** False under `WORKSHOP_TAP=off`: programs speak to the server directly. */
  tap?: boolean;
  /** Repeats ids and data of an earlier run. */
  seed?: string;
  pool?: WarmPool;
  /** True for a debugger: programs may take as long as they like. */
  noLimits?: boolean;
}

/** How one copy of a program is started. */
export interface StartOptions {
  /** Variables of the contract; they win over the lesson's own. */
  env?: Record<string, string>;
  args?: string[];
  /** False to get the handle before the program is ready. */
  wait?: boolean;
  /** In a cluster, behind the tap: the server that every address leads to until `handle.reachAll()`. */
  reaches?: NatsServer;
}

/** Whether the tap is on: `WORKSHOP_TAP=off` turns it off. */
export function tapWanted(): boolean {
  return process.env.WORKSHOP_TAP !== "off";
}
