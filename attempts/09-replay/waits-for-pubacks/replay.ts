// Plays old events again, for a program that was not there: each
// one that was stored at or after a moment goes out once more, under
// another first part of its subject.
//
//   npx tsx lessons/09-replay/replay.ts --since 2026-03-01 --to again

import { parseArgs } from "node:util";
import { jetstream } from "@nats-io/jetstream";
import { connect, headers } from "@nats-io/transport-node";
import type { MsgHdrs } from "@nats-io/transport-node";
import { history } from "./history.ts";

const { values } = parseArgs({
  options: { since: { type: "string" }, to: { type: "string" } },
});
const since = new Date(values.since ?? 0);
const prefix = values.to ?? "again";

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "replay",
});

const js = jetstream(nc);
let count = 0;
for await (const message of history(nc, { since })) {
  await js.publish(`${prefix}.${message.subject}`, message.data, {
    headers: withoutServerHeaders(message.headers),
  });
  count++;
}
console.log(`${count} events played again under ${prefix}.>`);

await nc.drain();

// Headers that begin with `Nats-` speak to the server. Sent again,
// they would mean something again.
function withoutServerHeaders(all?: MsgHdrs): MsgHdrs {
  const kept = headers();
  for (const name of all?.keys() ?? []) {
    if (name.startsWith("Nats-")) continue;
    for (const value of all?.values(name) ?? []) {
      kept.append(name, value);
    }
  }
  return kept;
}
