import { isFree } from "#engine/server/ports.ts";
import type { NatsServer } from "#engine/server/start.ts";

/** Where a server listens; a server's own properties are getters and cannot be spread. */
export function addressOf({ host, port }: NatsServer): { host: string; port: number } {
  return { host, port };
}

/**
 * A port nobody listens on now, for a program that is about to be started. It lies below the ports that systems give
 * to outgoing connections (32768 on Linux, 49152 on macOS): no connection can take it in the moment between.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    if (await isFree(port)) return port;
  }
}

/** The name of the administrator's connection, by which it is left out where programs are counted. */
export const ADMIN = "workshop-admin";
