import { check } from "#engine/check/register.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { listen } from "#engine/lab/listen.ts";
import { makeOrdersStream, readStream, removeStreams } from "#engine/lab/streams.ts";
import { expect } from "#engine/lab/words.ts";
import { keep, makePast, type Past } from "./check.data.ts";
import { ends, endsInTraffic, endsSomehow, playsAgain, startReplay, startRevenue, sumsAreRight, type Reader } from "./check.readers.ts";
import { aMomentLater, aWorkerInTheMiddle, keepTorn, keepWithHeaders, nothingIsLeft, nothingStays, placeOf } from "./check.stream.ts";
import { liveTraffic } from "./check.traffic.ts";
import "./check.mistakes.ts";

const EVERYTHING = "2000-01-01T00:00:00.000Z";

check("matches-the-truth", async (lab) => {
  const past = await history(lab, 5_000);
  // A day of this clock begins at another moment than a day in UTC.
  await ends(lab, await startRevenue(lab, past, { TZ: "Asia/Tokyo" }));
  await sumsAreRight(lab, past);
});

check("again-gives-the-same", async (lab) => {
  const past = await history(lab, 200);
  for (const run of ["first", "second"]) {
    await ends(lab, await startRevenue(lab, past));
    await sumsAreRight(lab, past, `the ${run} run`);
  }
});

check("since", async (lab) => {
  const heard = await listen(lab, "again.>", "audience");
  // In the body the earlier events are the later ones: only the time of storage gives the right ones.
  await history(lab, 40, (past) => past.map((one) => ({ ...one, event: { ...one.event, at: "2031-03-09T12:00:00.000Z" } })));
  const since = await aMomentLater(lab);
  const later = makePast(lab.random, 30).map((one) => ({ ...one, event: { ...one.event, at: "2026-02-01T12:00:00.000Z" } }));
  await keep(await lab.nats, later);
  await keepWithHeaders(lab);
  const stored = (await readStream(lab) ?? []).filter(({ sequence }) => sequence > 40);
  const replay = await startReplay(lab, { since, stored, heard });
  await ends(lab, replay);
  await playsAgain(lab, replay);
});

check("gaps", async (lab) => {
  const paid = (one: Past) => ({ ...one, subject: one.subject.replace(/^orders\.\w+/, "orders.paid") });
  const past = await history(lab, 60, (all) => all.map((one, index) => (index >= 50 ? paid(one) : one)));
  const left = await without(lab, past, [1, 2, 30, 58, 60]);
  await bothEnd(lab, left);
});

check("empty-stream", async (lab) => {
  await history(lab, 0);
  await bothEnd(lab, []);
  await nothingStays(lab);
  // A stream with events in it, and none of them for these two: no payment, and nothing since that moment.
  const past = await history(lab, 30, (all) => all.map((one) => ({ ...one, subject: one.subject.replace(/^orders\.\w+/, "orders.shipped") })));
  lab.note("others", past.length);
  await bothEnd(lab, past, await aMomentLater(lab));
  await nothingIsLeft(lab);
});

check("disturbs-nobody", async (lab) => {
  const past = await history(lab, 100);
  const before = await aWorkerInTheMiddle(lab);
  await bothEnd(lab, past);
  const after = await placeOf(lab);
  expect(after === before, { expected: `the consumer payments to stay where it was: ${before}`, seen: after });
  lab.note("says", `revenue and replay have been through ${past.length} messages. The consumer payments stands where it stood: ${after}.`);
  await nothingStays(lab);
  await keepTorn(lab);
  await endsSomehow(lab, await startRevenue(lab, past));
  await nothingIsLeft(lab);
});

check("keeps-up", async (lab) => {
  const heard = await listen(lab, "again.>", "audience");
  const all = await history(lab, 120);
  const past = await without(lab, all, [all.length]);
  await inTraffic(lab, "revenue", () => startRevenue(lab, past));
  await sumsAreRight(lab, past);
  // What came while revenue read is history to replay.
  const stored = await readStream(lab) ?? [];
  const replay = await inTraffic(lab, "replay", () => startReplay(lab, { since: EVERYTHING, stored, heard }));
  await playsAgain(lab, replay);
});

/** A clean server, with a past of `count` events in the stream ORDERS. */
async function history(lab: Lab, count: number, change: (past: Past[]) => Past[] = (same) => same): Promise<Past[]> {
  await removeStreams(lab);
  await makeOrdersStream(lab);
  const past = change(count === 0 ? [] : makePast(lab.random, count));
  await keep(await lab.nats, past);
  return past;
}

/** Deletes messages by their numbers. Answers what is left of the past. */
async function without(lab: Lab, past: Past[], gone: number[]): Promise<Past[]> {
  const { streams } = await lab.jsm();
  for (const sequence of gone) await streams.deleteMessage("ORDERS", sequence);
  return past.filter((_, index) => !gone.includes(index + 1));
}

/** Both programs read the same past, side by side; replay what was stored since a moment. */
async function bothEnd(lab: Lab, past: Past[], since = EVERYTHING): Promise<void> {
  const heard = await listen(lab, "again.>", "audience");
  const stored = (await readStream(lab) ?? []).filter(({ storedAt }) => storedAt >= since);
  const [revenue, replay] = await Promise.all([startRevenue(lab, past), startReplay(lab, { since, stored, heard })]);
  await ends(lab, revenue);
  await sumsAreRight(lab, past);
  await ends(lab, replay);
  await playsAgain(lab, replay);
}

/** A program reads while something new comes in for each of its requests. Answers it when it has ended. */
async function inTraffic<R extends Reader>(lab: Lab, name: string, begin: () => Promise<R>): Promise<R> {
  const { messages, last_seq } = (await (await lab.jsm()).streams.info("ORDERS")).state;
  const traffic = liveTraffic(lab, name, { history: messages, last: last_seq });
  try {
    const reader = await begin();
    await endsInTraffic(lab, reader, traffic);
    return reader;
  } finally {
    await traffic.stop();
  }
}
