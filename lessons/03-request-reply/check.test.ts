import { check, diagnose } from "#engine/check/register.ts";
import type { Evidence } from "#engine/lessons/evidence.ts";
import type { FlightEvent } from "#engine/record/events.ts";
import { openAsker } from "#engine/lab/asker.ts";
import { listen } from "#engine/lab/listen.ts";
import { covers } from "#engine/lab/subjects.ts";
import { expect } from "#engine/lab/words.ts";
import { CODE, groupsOf, isRequest, listOf, MUG, mustExit, mustHaveWaited, mustPrice, mustReadOtherHeaders, mustReadOtherRefusals, mustRefuse, nobodyListens, PRICES, runQuote, serve, storyOf, storyOfQuote, wish } from "./check.musts.ts";

check("answers", async (lab) => {
  await serve(lab, 1);
  const till = await openAsker(lab, "till");
  for (const sku of Object.keys(listOf(lab))) await mustPrice(lab, till, { sku, quantity: 3 });
  const quote = await runQuote(lab, MUG);
  mustExit(lab, quote, { code: 0, why: `it got a price for ${MUG}` });
  await mustReadOtherHeaders(lab);
});

check("refuses-unknown-sku", async (lab) => {
  await serve(lab, 1);
  const till = await openAsker(lab, "till");
  const unicorn = `unicorn-${Math.floor(lab.random() * 10_000)}`;
  await mustRefuse(lab, till, { body: wish(unicorn), code: "404", what: `a request for "${unicorn}", which is not in the price list` });
  const quote = await runQuote(lab, unicorn);
  mustExit(lab, quote, { code: 4, why: "its request was refused" });
  await mustReadOtherRefusals(lab);
});

check("survives-nonsense", async (lab) => {
  await serve(lab, 1);
  const till = await openAsker(lab, "till");
  await mustRefuse(lab, till, { body: "{bad", code: "400", what: "a request with the body {bad" });
});

check("nobody-there", async (lab) => {
  await nobodyListens(lab);
  const quote = await runQuote(lab, MUG, { timeoutMs: 20_000 });
  mustExit(lab, quote, { code: 2, why: "nobody was there to answer" });
  const asked = quote.events({ kind: "publish", subject: PRICES }).at(-1);
  if (asked) lab.note("says", `quote may wait 20,000 ms. It had its answer, that nobody is there, and had ended ${Math.round(quote.events({ kind: "exit" })[0]!.t - asked.t)} ms after it asked.`);
});

check("too-slow", async (lab) => {
  await nobodyListens(lab);
  const heard = await listen(lab, PRICES, "silent service");
  const quote = await runQuote(lab, MUG, { timeoutMs: 2_000, within: 12_000, idle: 5_000 });
  lab.note("heard", heard.length);
  expect(heard.length === 1, { expected: "quote to ask once on prices.get", seen: `a service that listens there got ${heard.length} requests`, timeline: storyOfQuote(lab, quote) });
  mustExit(lab, quote, { code: 3, why: "a service has its request and does not answer in time" });
  mustHaveWaited(lab, quote, 2_000);
});

check("scales-out", async (lab) => {
  await serve(lab, 3);
  const till = await openAsker(lab, "till");
  const inboxes = Array.from({ length: 60 }, () => till.send(PRICES, wish(MUG)));
  const replies = (inbox: string) => till.replies(inbox).length;
  const without = () => inboxes.filter((inbox) => replies(inbox) === 0);
  const expected = "one reply to each of 60 requests, with three copies of prices running";
  await lab.until(() => without().length === 0, { expected, seen: () => `${without().length} requests got none`, timeline: () => storyOf(lab, without()[0]) });
  await lab.settled();
  const twice = inboxes.find((inbox) => replies(inbox) > 1);
  expect(!twice, () => ({ expected, seen: `${inboxes.reduce((sum, inbox) => sum + replies(inbox), 0)} replies: more than one copy did the same work`, timeline: [...groupsOf(lab.record.events), ...storyOf(lab, twice)] }));
});

diagnose("every-copy-answers", (e) => new Set(groupsOf(e.record).map((sub) => sub.queue ?? sub)).size > 1);
diagnose("handler-dies", (e) => e.facts.after === "silence");
diagnose("silence-on-error", (e) => e.facts.refusal === "none" && e.facts.after === "answer");
diagnose("refusal-without-code", (e) => e.facts.refusal === "other" && e.facts.after === "answer");
diagnose("replies-elsewhere", (e) => e.facts.price === "none");
diagnose("wrong-price", (e) => e.facts.price === "other");
diagnose("any-header-refuses", (e) => e.facts.otherHeaders === true && typeof e.facts.exit === "number");
diagnose("price-not-recognised", (e) => e.facts.price === "right" && typeof e.facts.exit === "number" && ofQuote(e).some((event) => event.kind === "deliver"));
diagnose("publishes-before-it-listens", (e) => {
  const events = ofQuote(e);
  const asked = events.findIndex(isRequest);
  const listens = events.findIndex((event) => event.kind === "subscribe" && covers(event.subject ?? "", events[asked]?.reply ?? ""));
  return asked !== -1 && listens > asked;
});
diagnose("refusal-by-its-looks", (e) => e.facts.otherRefusal === true && typeof e.facts.exit === "number" && e.facts.exit !== 4);
diagnose("takes-refusal-for-price", (e) => e.facts.exit !== undefined && e.facts.exit !== 4 && ofQuote(e).some((event) => event.kind === "deliver" && event.headers?.[CODE]));
diagnose("no-responders-as-timeout", (e) => e.facts.exit !== 2 && toldNobody(e) && requests(e) === 1);
diagnose("retries-blindly", (e) => requests(e) > 1 || Number(e.facts.heard) > 1);
diagnose("waits-forever", (e) => e.facts.quote !== undefined && e.facts.exit === undefined && requests(e) <= 1 && !toldNobody(e));
diagnose("timeout-without-a-name", (e) => typeof e.facts.exit === "number" && e.facts.exit !== 3 && requests(e) === 1 && !toldNobody(e));
diagnose("gives-up-early", (e) => e.facts.exit === 3 && e.facts.waited !== undefined);

/** The events of the quote that the failed check ran; none where it did not come to that. */
function ofQuote(e: Evidence): FlightEvent[] {
  return e.record.filter((event) => event.program === "quote" && event.life === e.facts.quote);
}

function requests(e: Evidence): number {
  return ofQuote(e).filter(isRequest).length;
}

function toldNobody(e: Evidence): boolean {
  return ofQuote(e).some((event) => event.kind === "status" && event.status === 503);
}
