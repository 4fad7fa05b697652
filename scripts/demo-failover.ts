// npm run demo:failover: three servers, the one that leads the stream is killed under load, and nothing is lost.
import pc from "picocolors";
import type { Lab } from "#engine/lab/lab.ts";
import { openLab } from "#engine/lab/open.ts";
import { findLesson } from "#engine/lessons/catalogue.ts";
import { kill, leadBoth, leaderOf, ordersStream } from "../lessons/14-high-availability/check.cluster.ts";
import { before, flowing, goesOn, open, startProducer, startWorker } from "../lessons/14-high-availability/check.till.ts";
import { main } from "./lib.ts";

const ORDERS = 200;
/** So many are stored when the server dies. */
const FLOWING = 40;

await main("npm run demo:failover", async () => {
  const lesson = await findLesson("high-availability");
  await using lab = await openLab(lesson, { from: lesson.solution });
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => void lab[Symbol.asyncDispose]().finally(() => process.exit(130)));
  say(`\n  Three servers, each with a copy of the stream ORDERS. ${ORDERS} orders come in.`);
  await open(lab);
  const first = await leaderOf(lab);
  const worker = await startWorker(lab, first);
  const leader = await leadBoth(lab);
  const producer = await startProducer(lab, leader, ORDERS);
  await flowing(lab, producer, FLOWING);
  const then = await before(lab, producer);
  say(`  ${then.stored} are stored. ${leader.name}, which leads the stream, is killed with SIGKILL.`);
  const killed = lab.record.now();
  await kill(lab, [leader]);
  await goesOn(lab, { producer, worker, before: then });
  say(`  ${(await leaderOf(lab)).name} leads now. The longest time without a PubAck was ${(gap(lab, killed) / 1000).toFixed(1)} s.`);
  await lab.until(() => !producer.running && charged(lab).size === ORDERS, { evenIfQuiet: true, within: 60_000, expected: `${ORDERS} orders to be charged`, seen: () => `${charged(lab).size} are` });
  const stored = (await ordersStream(lab))?.state.messages ?? 0;
  const calls = charges(lab).length;
  say(`\n  ${pc.bold("Balance")}   ${ORDERS} orders acknowledged, ${stored} stored, ${charged(lab).size} charged, ${ORDERS - charged(lab).size} lost, ${calls - charged(lab).size} charged twice\n`);
});

/** The longest time between two PubAcks since the server died, in milliseconds. */
function gap(lab: Lab, since: number): number {
  const times = [since, ...lab.record.where((event) => event.kind === "puback" && event.status === undefined, since).map(({ t }) => t)];
  return Math.max(...times.slice(1).map((t, index) => t - times[index]!));
}

function charges(lab: Lab) {
  return lab.world.ledger.filter(({ service, effect }) => service === "charge" && effect);
}

function charged(lab: Lab): Set<string | undefined> {
  return new Set(charges(lab).map(({ orderId }) => orderId));
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
