import { check } from "#engine/check/register.ts";
import type { Handle } from "#engine/lab/handle.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { NotJudged, NotYet } from "#engine/lab/words.ts";
import type { NatsServer } from "#engine/server/start.ts";
import { allCurrent, clusterOf, kill, leadBoth, leaderOf } from "./check.cluster.ts";
import { balance, before, dials, flowing, goesOn, open, setUp, startProducer, startWorker } from "./check.till.ts";
import "./check.mistakes.ts";

/** The client by itself gives up after ten dials of each address. */
const DIALS = 12;
/** A program that has not dialled for so long does not dial any more: it was told to wait 200 ms. */
const NO_DIAL_MS = 8_000;
const OUTAGE_MS = 60_000;

check("leader-killed", async (lab) => {
  const count = 200;
  await open(lab);
  const { worker, leader } = await elsewhere(lab);
  const producer = await startProducer(lab, leader, count);
  await flowing(lab, producer, 20);

  // What a dying server may take along: a PubAck of an order that is stored, an ack of one that is charged.
  const lost = [lab.tap?.lose("puback", { program: producer.name }), lab.tap?.lose("ack", { program: worker.name })];
  await lab.until(() => lost.every((fault) => !fault || fault.hits > 0), { idle: 5_000, expected: "a PubAck and an ack", seen: () => "not both have come" });
  const then = await before(lab, producer);
  lab.note("killed", leader.name);
  await kill(lab, [leader]);
  await goesOn(lab, { producer, worker, before: then });
  await balance(lab, { producer, worker, count });
  if (lab.tap) lab.note("says", `Your own numbers: when ${leader.name} was killed, ${longestGap(producer, "puback")} ms went by from one PubAck to the next, and ${longestGap(worker, "ack")} ms from one charged order to the next.`);
});

check("keeps-working", async (lab) => {
  await open(lab);
  const worker = await startWorker(lab, lab.servers[0]!);
  // One that leads nothing is to die: no election has to be waited for.
  const leader = await leadBoth(lab);
  const meta = await clusterOf(lab).metaLeader();
  const victim = lab.servers.find((server) => server !== leader && server !== meta)!;
  const first = await startProducer(lab, leader, 20);
  await balance(lab, { producer: first, worker, count: 20 });
  lab.note("killed", victim.name);
  await kill(lab, [victim]);

  // One server stays dead. Whoever starts now knows its address, and nothing else of it.
  await setUp(lab, 20);
  const second = await startProducer(lab, leader, 20);
  const another = await startWorker(lab, leader);
  await balance(lab, { producer: second, worker: another, count: 40 });
});

check("long-outage", async (lab) => {
  if (!lab.tap) throw new NotJudged("without the tap nobody sees whether a program still dials");
  const count = 150;
  await open(lab);
  const leader = await leaderOf(lab);
  const worker = await startWorker(lab, leader);
  const producer = await startProducer(lab, leader, count);
  await flowing(lab, producer, 20);
  const then = await before(lab, producer);
  await kill(lab, lab.servers);
  await outage(lab, [producer, worker]);
  await clusterOf(lab).whole();
  await goesOn(lab, { producer, worker, before: then });
  await balance(lab, { producer, worker, count });
});

check("rolling-restart", async (lab) => {
  const count = 600;
  await open(lab);
  const leader = await leaderOf(lab);
  await startWorker(lab, leader);
  const producer = await startProducer(lab, leader, count);
  await flowing(lab, producer, 20);
  let stored = 0;
  for (const server of lab.servers) {
    await lab.until(() => allCurrent(lab), { evenIfQuiet: true, within: OUTAGE_MS, expected: "three servers that are up to date", seen: () => "one of them is behind" });
    lab.record.add({ kind: "server", note: `${server.name} is stopped with SIGTERM, and started again` });
    await server.stop();
    await server.restart();
    await clusterOf(lab).whole();
    stored = (await before(lab, producer)).stored;
  }
  lab.note("says", `Each server was stopped and started, one after the other. ${stored} orders were stored meanwhile${lab.tap ? `, and the longest time without a PubAck was ${longestGap(producer, "puback")} ms` : ""}. A server that is asked to leave hands over before it goes; one that is killed has to be missed first.`);
});

/**
 * A worker, and the server that leads both the stream and its consumer, which is not the one that the worker is
 * connected to: when it dies, nothing tells the worker that its request has died as well.
 */
async function elsewhere(lab: Lab): Promise<{ worker: Handle; leader: NatsServer }> {
  const [first, second] = lab.servers;
  const worker = await startWorker(lab, first!);
  const leader = await leadBoth(lab);
  if (leader !== first) return { worker, leader };
  await lab.end(worker);
  return { worker: await startWorker(lab, second!), leader };
}

/** Everybody is down. Waits until every program has dialled more often than the client does by itself; throws as soon as one stops. */
async function outage(lab: Lab, programs: Handle[]): Promise<void> {
  const since = lab.record.now();
  const begun = new Map(programs.map((program) => [program, total(program)]));
  const count = (program: Handle) => total(program) - begun.get(program)!;
  const enough = (program: Handle) => count(program) >= DIALS * program.doors.length;
  const silent = (program: Handle) => lab.record.now() - Math.max(since, ...program.doors.map(({ door }) => door.lastDial ?? 0)) > NO_DIAL_MS;
  const gaveUp = () => programs.find((program) => !enough(program) && (!program.running || silent(program)));
  await lab.until(() => gaveUp() ?? programs.every(enough), { evenIfQuiet: true, within: OUTAGE_MS, expected: `every program to dial its addresses ${DIALS * 3} times`, seen: () => "they dial too seldom" });
  const quitter = gaveUp();
  if (!quitter) return;
  lab.note("gaveUp", { program: quitter.name, dials: count(quitter), running: quitter.running });
  throw new NotYet({ expected: `${quitter.name} to dial until a server answers`, seen: quitter.running ? `it dialled ${count(quitter)} times, and then no more` : `it dialled ${count(quitter)} times, and ended with exit code ${quitter.program.exit?.code}`, timeline: quitter.events().slice(-4) });
}

function total(program: Handle): number {
  return dials(program).reduce((sum, count) => sum + count, 0);
}

/** The longest time between two PubAcks that a program got, or two acks that it sent, in whole milliseconds as the README writes them. */
function longestGap(program: Handle, kind: "puback" | "ack"): string {
  const times = program.events({ kind }).map(({ t }) => t);
  return Math.round(Math.max(0, ...times.slice(1).map((t, index) => t - times[index]!))).toLocaleString("en");
}
