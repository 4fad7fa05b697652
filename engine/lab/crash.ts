import type { NatsConnection } from "@nats-io/transport-node";
import type { Lab } from "./lab.ts";

/**
 * Kills the server as a crash would (SIGKILL) and starts it again on the same ports and the same store. The tap's
 * doors stay, so programs may come back through them; connections of the check's own do not. Resolves when the
 * administrator's connection stands again: a request that the client takes in before is lost, and times out.
 */
export async function crashServer(lab: Lab): Promise<void> {
  const back = reconnected(await lab.nats);
  lab.record.add({ kind: "server", note: "is killed with SIGKILL" });
  await lab.server.kill();
  await lab.server.restart();
  await back;
  lab.record.add({ kind: "server", note: "runs again, on the same store" });
}

async function reconnected(nc: NatsConnection): Promise<void> {
  for await (const { type } of nc.status()) if (type === "reconnect") return;
}
