// The cause is mended: puts every dead letter back on the subject
// it came from, and ends.
//
//   npx tsx lessons/13-failures/redrive.ts

import { connect, headers } from "@nats-io/transport-node";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import type { StoredMsg } from "@nats-io/jetstream";

const nc = await connect({
  servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222",
  name: "redrive",
});
const jsm = await jetstreamManager(nc);
const js = jetstream(nc);

// What is parked while this runs stays where it is. It may be the
// very letters put back here, given up again.
const { state } = await jsm.streams.info("DEAD");
// Numbers begin at 1; where nothing was ever parked this says 0.
const first = Math.max(1, state.first_seq);
let stayed = 0;
for (let seq = first; seq <= state.last_seq; seq++) {
  const letter = await jsm.streams.getMessage("DEAD", { seq });
  if (letter) await putBack(letter);
}
console.log(stayed === 0 ? "all put back" : `${stayed} stayed in DEAD`);
process.exitCode = stayed === 0 ? 0 : 1;
await nc.close();

async function putBack(letter: StoredMsg): Promise<void> {
  const subject = letter.subject.slice("dead.".length);
  try {
    await js.publish(subject, letter.data, {
      headers: ownHeaders(letter),
      // A name for this letter, and not the event's id: the server
      // may still know that one, and would store nothing.
      msgID: `redrive-${letter.seq}`,
    });
    await jsm.streams.deleteMessage("DEAD", letter.seq, false);
    console.log(`${subject} put back`);
  } catch (error) {
    stayed++;
    console.log(`${subject} stays: ${(error as Error).message}`);
  }
}

// The headers it had before it died.
function ownHeaders({ header }: StoredMsg) {
  const own = headers();
  for (const name of header?.keys() ?? []) {
    if (name.startsWith("Dead-") || name.startsWith("Nats-")) continue;
    for (const value of header.values(name)) own.append(name, value);
  }
  return own;
}
