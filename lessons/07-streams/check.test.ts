import { jetstream } from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { check, diagnose } from "#engine/check/register.ts";
import { openAsker } from "#engine/lab/asker.ts";
import { crashServer } from "#engine/lab/crash.ts";
import { makeOrdersStream, readStream, removeStreams, store } from "#engine/lab/streams.ts";
import { allStored, atWork, ownError, published, refusal, refused, setupFailed, strangers, unanswered, unsent } from "./check.evidence.ts";
import { holdAck, IDLE_MS, mustEnd, mustReport, mustWaitFor, produce, PRODUCER_MS, setUp } from "./check.programs.ts";
import { DAY_MS, mustHold, mustKeep } from "./check.stream.ts";

check("idempotent-setup", async (lab) => {
  await removeStreams(lab);
  await setUp(lab, { maxMsgs: 1_000, why: "the server had no stream yet" });
  await mustKeep(lab, { maxMsgs: 1_000 });
  const orders = lab.orders(5);
  await store(lab, orders);
  await setUp(lab, { maxMsgs: 1_000, why: "the stream was there, with just these settings" });
  await mustKeep(lab, { maxMsgs: 1_000, orders });

  // Somebody has changed limits by hand; then the shop wants another one.
  const { streams } = await lab.jsm();
  await streams.update("ORDERS", { max_age: nanos(DAY_MS), duplicate_window: nanos(60_000), discard: "old" });
  lab.record.add({ kind: "server", note: "somebody changes ORDERS by hand: max_age 1 day" });
  lab.note("change", true);
  await setUp(lab, { maxMsgs: 2_000, why: "the stream was there, with other limits" });
  await mustKeep(lab, { maxMsgs: 2_000, orders });
});

check("survives-restart", async (lab) => {
  await removeStreams(lab);
  await setUp(lab, { maxMsgs: 1_000, why: "the server had no stream yet" });
  const orders = lab.orders(20);
  await store(lab, orders);
  const before = (await lab.streams()).find(({ name }) => name === "ORDERS");
  lab.note("storage", before?.config.storage);
  await crashServer(lab);
  await mustHold(lab, orders, `${orders.length} orders in ORDERS after the server was killed and started again`);
});

check("acknowledged", async (lab) => {
  await removeStreams(lab);
  await makeOrdersStream(lab);
  const orders = lab.orders(3);
  const first = holdAck(lab, orders[0]!);
  const last = holdAck(lab, orders[2]!);
  const producer = await produce(lab, orders);
  await mustWaitFor(lab, producer, first);

  // A producer that has asked for the last one as well gets the first one last: it has to await every one.
  const [sooner, later] = last.fault.hits > 0 ? [last, first] : [first, last];
  await sooner.fault.undo();
  await mustWaitFor(lab, producer, later);
  await later.fault.undo();
  await producer.exited({ idle: IDLE_MS });
  mustEnd(producer, { code: 0, why: "it has a PubAck for every order" });
});

check("reports-failure", async (lab) => {
  await removeStreams(lab);
  await setUp(lab, { maxMsgs: 5, why: "the server had no stream yet" });
  await mustKeep(lab, { maxMsgs: 5 });
  await mustReport(lab, lab.orders(8), "the stream was full after 5 of 8 orders");

  if (lab.tap) {
    await removeStreams(lab);
    await makeOrdersStream(lab);
    const withheld = lab.tap.hold("puback");
    await mustReport(lab, lab.orders(2), "no PubAck came within PUBLISH_TIMEOUT_MS (500)");
    await withheld.undo();
  }

  await removeStreams(lab);
  await mustReport(lab, lab.orders(2), "there was no stream");
});

check("no-mail-lost-now", async (lab) => {
  await removeStreams(lab);
  await setUp(lab, { maxMsgs: 1_000, why: "the server had no stream yet" });
  // Other programs may add fields: they are part of the event.
  const orders = lab.orders(20).map((order) => ({ ...order, giftWrap: lab.random() < 0.5 }));
  const producer = await produce(lab, orders);
  await producer.exited({ within: PRODUCER_MS });
  mustEnd(producer, { code: 0, why: `ORDERS has room for all ${orders.length} orders` });
  await mustHold(lab, orders, `a mailer that starts only now to read all ${orders.length} orders from ORDERS`);
});

check("three-ways-to-keep", async (lab) => {
  await removeStreams(lab);
  const { streams, consumers } = await lab.jsm();
  const shop = jetstream(await lab.connect("shop"));
  for (const retention of ["limits", "interest", "workqueue"] as const) {
    await streams.add({ name: retention, subjects: [`${retention}.>`], retention });
    for (const { orderId } of lab.orders(20)) await shop.publish(`${retention}.${orderId}`);
  }
  await readStream(lab, "limits");
  await consumers.add("workqueue", { durable_name: "packer", ack_policy: "explicit" });
  const packer = await jetstream(await lab.connect("packer")).consumers.get("workqueue", "packer");
  await (await packer.next())?.ackAck();
  const left = async (name: string) => (await streams.info(name)).state.messages;
  lab.note("limits", `${await left("limits")} are left. Somebody has read them all, and reading removes nothing.`);
  lab.note("interest", `${await left("interest")} are left. Each had its PubAck; nobody was there that wanted it.`);
  lab.note("workqueue", `${await left("workqueue")} are left. One was acked, and what is acked is removed.`);
});

check("request-on-a-kept-subject", async (lab) => {
  await removeStreams(lab);
  await (await lab.jsm()).streams.add({ name: "PRICES", subjects: ["prices.>"] });
  const prices = await lab.connect("prices");
  prices.subscribe("prices.get", { callback: (_error, message) => void message.respond("19.99 EUR") });
  await prices.flush();
  const quote = await openAsker(lab, "quote");
  const inbox = quote.send("prices.get", "mug");
  await lab.until(() => quote.replies(inbox).length === 2, { expected: "two replies", seen: () => String(quote.replies(inbox).length) });
  const replies = quote.replies(inbox).map(({ body }) => body);
  lab.note("says", `One request for a price got two replies: ${replies.join(" and ")}. A stream keeps prices.>, so the server answers with a PubAck whatever comes there and asks for a reply. Whoever asks reads the first one. Keep requests out of streams.`);
});

diagnose("crashes", (e) => atWork(e)?.exit !== undefined && ownError(e) !== undefined);
diagnose("memory-storage", (e) => e.facts.storage === "memory");
diagnose("setup-fails-second-time", (e) => setupFailed(e) && (refusal(e)?.status === 10058 || (refusal(e)?.status === 10052 && Number(e.facts.runs) > 1)));
diagnose("recreates-the-stream", (e) => Number(e.facts.lost) > 0);
diagnose("ignores-the-change", (e) => e.facts.change === true && e.facts.differs !== undefined);
diagnose("overlapping-subjects", (e) => setupFailed(e) && refusal(e)?.status === 10065);
diagnose("no-stream-orders", (e) => e.facts.role === "setup" && e.facts.storage !== "memory" && atWork(e)?.exit?.code === 0 && !e.streams.some((stream) => stream.name === "ORDERS"));
diagnose("other-settings", (e) => !e.facts.change && (e.facts.differs !== undefined || (setupFailed(e) && refusal(e)?.status === 10052 && e.facts.runs === 1)));
diagnose("jetstream-not-enabled", (e) => refused(e).some((event) => event.status === 503));
diagnose("core-publish", (e) => published(e).some((event) => !event.reply));
diagnose("other-subject", (e) => strangers(e).length > 0 && refused(e).every((event) => event.status !== 503));
diagnose("not-awaited", (e) => atWork(e)?.exit !== undefined && (unanswered(e).length > 0 || unsent(e).length > 0));
diagnose("claims-success", (e) => e.facts.trouble !== undefined && atWork(e)?.exit?.code === 0);
diagnose("false-alarm", (e) => Number(atWork(e)?.exit?.code) > 0 && allStored(e));
diagnose("changes-the-event", (e) => e.facts.changed !== undefined);
diagnose("never-exits", (e) => atWork(e) !== undefined && atWork(e)?.exit === undefined);
