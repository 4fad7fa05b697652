import { Refusal } from "#engine/files/refusal.ts";
import { isFree, whoHas, type Holder } from "#engine/server/ports.ts";

/** The three ports of the house, all on loopback. */
export interface HousePorts {
  /** Where programs connect: the tap. */
  clients: number;
  /** The server's monitoring. */
  monitor: number;
  /** The page, and the world under `/world`. */
  page: number;
}

const USUAL: HousePorts = { clients: 4222, monitor: 8222, page: 4280 };

/** The ports for `--port N`: N for clients, and the other two moved by the same distance. */
export function portsFrom(clients: number = USUAL.clients): HousePorts {
  const by = clients - USUAL.clients;
  return { clients, monitor: USUAL.monitor + by, page: USUAL.page + by };
}

/** Throws a `Refusal` that says who holds a port and offers the next place where all three are free. */
export async function mustBeFree(ports: HousePorts, command: string): Promise<void> {
  for (const [what, port] of Object.entries(ports)) {
    if (await isFree(port)) continue;
    const elsewhere = await nextPlace(ports);
    throw new Refusal(
      `Cannot open the workshop as port ${port} (${WORDS[what as keyof HousePorts]}) must be free: ${heldBy(await whoHas(port))} listens on it.`,
      `npm ${command} -- --port ${elsewhere.clients}`,
    );
  }
}

const WORDS: Record<keyof HousePorts, string> = { clients: "for programs", monitor: "monitoring", page: "the page and the world" };

/** Who holds a port, as a sentence names it: `"node" (pid 7)`. */
export function heldBy(holder: Holder | undefined): string {
  if (holder?.command === undefined) return "another program";
  return holder.pid === undefined ? `"${holder.command}"` : `"${holder.command}" (pid ${holder.pid})`;
}

async function nextPlace(ports: HousePorts): Promise<HousePorts> {
  for (let clients = ports.clients + 100; clients < ports.clients + 5_000; clients += 100) {
    const candidate = portsFrom(clients);
    const free = await Promise.all(Object.values(candidate).map((port) => isFree(port)));
    if (free.every(Boolean)) return candidate;
  }
  return portsFrom(ports.clients + 100);
}
