import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { check, diagnose } from "#engine/check/register.ts";
import type { Evidence } from "#engine/lessons/evidence.ts";
import type { FlightEvent } from "#engine/record/events.ts";
import { listen } from "#engine/lab/listen.ts";
import { subjectOf } from "#engine/lab/orders.ts";
import { covers } from "#engine/lab/subjects.ts";
import { isSubscription } from "#engine/lab/wire.ts";
import { expect } from "#engine/lab/words.ts";
import { atTheWord, hasTicket, manyEvents, mustBeReady, mustHaveArrived, mustHaveTickets, mustSay, noteCount, publishOn } from "./check.musts.ts";

// Asia is not in the learner's own events.json: a list of its regions is not enough.
const PLACED = ["orders.placed.eu.ID", "orders.placed.asia.ID"];
const NOT_PLACED = ["orders.paid.eu.ID", "orders.placed.eu.ID.note", "orders.placed", "orders.placed.eu"];
const ABOUT_ORDERS = [...PLACED, ...NOT_PLACED, "orders.closed", "orders.moved.eu.to.us.by.ID"];
const NOT_ABOUT_ORDERS = ["orders", "order.placed.eu.ID", "invoices.orders.eu.ID"];

check("kitchen-hears-placed", async (lab) => {
  await lab.start("kitchen");
  const sent = await publishOn(lab, [...PLACED, ...NOT_PLACED]);
  for (const message of sent.slice(0, PLACED.length)) await hasTicket(lab, message);
  await lab.settled();
  for (const [index, message] of sent.entries()) mustHaveTickets(lab, message, index < PLACED.length ? 1 : 0);
});

check("audit-hears-all", async (lab) => {
  const audit = await lab.start("audit");
  const said = await listen(lab, "audit.count", "office");

  // Everything is on its way to the audit, and nothing has arrived, when it is told to stop.
  const wire = lab.tap?.hold("all", { program: audit.name });
  const counted = await publishOn(lab, [...ABOUT_ORDERS, ...ABOUT_ORDERS]);
  const others = await publishOn(lab, NOT_ABOUT_ORDERS);
  audit.signal("SIGTERM");
  await lab.settled({ holding: true, quiet: 50 });
  await wire?.undo();

  await audit.ended({ idle: 1_000 });
  if (said.length === 0) await lab.settled();
  noteCount(lab, { said, counted, others });
  if (!audit.running) audit.mustExitWith(0, "it was asked to stop, and did");
  mustSay(lab, audit, { said, count: counted.length });
  lab.note("done", true);
  expect(!audit.running, { expected: "the audit to end by itself after SIGTERM", seen: "it said its count, and it is still running" });
});

check("publisher-loses-nothing", async (lab) => {
  const events = manyEvents(lab);
  const file = join(lab.folder, "events.json");
  await writeFile(file, JSON.stringify(events));
  const heard = await listen(lab, ">");
  const publisher = await lab.start("publisher", { env: { EVENTS_FILE: file } });
  await publisher.ended({ idle: 2_000 });
  if (!publisher.running) publisher.mustExitWith(0, "it had nothing to do but to publish");
  // What is missing is waited for longer than what would be too much.
  await lab.settled({ quiet: heard.length < events.length ? 100 : 20 });
  mustHaveArrived(lab, events, heard);
  lab.note("done", true);
  expect(!publisher.running, { expected: "the publisher to end by itself", seen: `all ${events.length} events arrived, and it is still running` });
});

check("ready-means-ready", async (lab) => {
  const placed = lab.orders(1).map((event) => ({ subject: subjectOf(event), event }));
  const paid = lab.orders(10).map((event) => ({ subject: subjectOf(event, "paid"), event }));
  const said = await listen(lab, "audit.count", "office");
  const shop = await lab.connect("shop");
  const ready = await atTheWord(shop, { "ready.kitchen": placed, "ready.audit": paid });
  const [kitchen, audit] = await Promise.all([lab.start("kitchen"), lab.start("audit")]);
  for (const handle of [kitchen, audit]) await mustBeReady(lab, handle, ready);
  await shop.flush();
  for (const message of placed) await hasTicket(lab, message);
  audit.signal("SIGTERM");
  await audit.ended({ idle: 1_000 });
  if (said.length === 0) await lab.settled();
  noteCount(lab, { said, counted: paid, others: [] });
  mustSay(lab, audit, { said, count: paid.length, orMore: true });
});

check("late-subscriber-misses", async (lab) => {
  const said = await listen(lab, "audit.count", "office");
  await publishOn(lab, Array.from({ length: 20 }, () => "orders.paid.eu.ID"));
  const audit = await lab.start("audit");
  await publishOn(lab, Array.from({ length: 5 }, () => "orders.paid.eu.ID"));
  audit.signal("SIGTERM");
  await lab.until(() => said[0], { expected: "a count", seen: () => "the audit said none" });
  const why = said[0]?.text === "5" ? " The others went to those who listened at the time, and core NATS keeps no copy. Lesson 7 gives messages a place to stay." : "";
  lab.note("says", `20 events went out before the audit subscribed, 5 after it. It counted ${said[0]?.text}.${why}`);
});

diagnose("wildcard-inside-token", (e) => subscriptions(e).some((sub) => sub.subject?.split(".").some((part) => part.length > 1 && /[*>]/.test(part))));

diagnose("publishes-to-wildcard", (e) => e.facts.wildcard !== undefined);

diagnose("publish-before-subscribe", (e) => e.facts.early === true);

diagnose("handles-twice", (e) => {
  const sent = e.scene.filter((event) => event.kind === "publish" && event.program === "shop");
  return sent.some((event) => subscriptions(e).filter((sub) => covers(sub.subject ?? "", event.subject ?? "")).length > 1);
});

diagnose("wildcard-too-narrow", (e) => e.facts.missed !== undefined);

diagnose("wildcard-too-wide", (e) => e.facts.extra !== undefined);

diagnose("no-signal-handler", (e) => e.programs.some((program) => program.role === "audit" && program.exit?.signal === "SIGTERM"));

diagnose("exit-without-drain", (e) => e.facts.lost === true);

diagnose("never-exits", (e) => e.facts.done === true);

diagnose("counts-before-drain", (e) => e.facts.tooFew === true && e.facts.missed === undefined);

function subscriptions(e: Evidence): FlightEvent[] {
  return e.scene.filter((event) => isSubscription(event, "kitchen") || isSubscription(event, "audit"));
}
