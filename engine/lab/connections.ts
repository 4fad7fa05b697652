import { ADMIN } from "./address.ts";
import type { Handle } from "./handle.ts";
import type { Lab } from "./lab.ts";

/** Whether a connection belongs to a program: by its `cid`, its client's name, and the port of its server where there are several. */
export type IsMine = (cid: number, name?: string, server?: number) => boolean;

/**
 * Tells a program's connections from others: by the tap, or without it by being nobody else's. A number counts on one
 * server only, so in a cluster that server's port goes with it.
 */
export function connectionsOf(lab: Lab, handle: Handle): IsMine {
  const key = (cid: number | undefined, server = lab.server.port) => `${server}:${cid}`;
  if (!lab.tap) return (cid, name, server) => name !== ADMIN && !handle.knownBefore.has(key(cid, server));
  const mine = new Set(lab.tap.links().filter((link) => link.program === handle.name && link.life === handle.life).map((link) => key(link.connection, link.server)));
  return (cid, _name, server) => mine.has(key(cid, server));
}
