import { check, diagnose } from "#engine/check/register.ts";
import type { Evidence } from "#engine/lessons/evidence.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { covers } from "#engine/lab/subjects.ts";
import { expect } from "#engine/lab/words.ts";
import { encodings, hostile, ids, refusals, type Case } from "./check.cases.ts";
import { Desk } from "./check.desk.ts";
import { findFault, type Finding } from "./check.faults.ts";
import { newFields, VERSIONS, versions } from "./check.valid.ts";

check("reads-v1-and-v2", (lab) => judge(lab, versions(lab.orders(VERSIONS))));

check("tolerates-new-fields", (lab) => judge(lab, newFields(lab.orders(5))));

check("rejects-with-reason", (lab) => judge(lab, refusals(lab.orders(24)), { settle: true }));

check("keeps-going", async (lab) => {
  const max = (await lab.nats).info?.max_payload ?? 0;
  await judge(lab, [...hostile(lab.orders(30), max), ...versions(lab.orders(VERSIONS)).slice(0, 1)], { settle: true });
});

check("both-encodings", (lab) => judge(lab, encodings(lab.orders(8))));

check("exact-header-names", (lab) => judge(lab, [...versions(lab.orders(VERSIONS)).slice(0, 2), ...refusals(lab.orders(24)).slice(-1)], { exactNames: true }));

check("safe-subject-tokens", (lab) => judge(lab, ids(lab.orders(20))));

diagnose("hears-too-little", (e) => finding(e)?.fault === "no answer" && e.wire && !subscriptions(e).some((pattern) => covers(pattern, finding(e)!.subject)));

// An id too long for a subject costs the connection for a while: that is no error nobody caught.
diagnose("mends-the-id", (e) => finding(e)?.mended === true);

diagnose("raw-token", (e) => is(e, "id", "accepted", "wrong subject") || (is(e, "id", "no answer") && !finding(e)?.exit));

diagnose("parse-without-try", (e) => finding(e)?.fault === "no answer" && finding(e)?.goesOn === false);

// Before the headers' case: a test that remembers where it stopped may accept the same event the next time.
diagnose("refuses-good-ids", (e) => finding(e)?.fault === "refused" && /^unsafe-id(?![\w-])/.test(finding(e)?.reason ?? "") && finding(e)?.trap !== "subject");

diagnose("header-case", (e) => finding(e)?.fault === "header case" || finding(e)?.readsOtherCase === true);

diagnose("version-ignored", (e) => finding(e)?.asV1 === true || is(e, "version", "accepted") || is(e, "v2", "refused") || refusesAllOf(e, 2));

diagnose("guesses-the-version", (e) => is(e, "extra", "wrong order") || is(e, "crossed", "accepted"));

diagnose("cents-off-by-rounding", (e) => is(e, "cents", "refused") || (finding(e)?.fault === "wrong order" && finding(e)?.cents === true));

diagnose("trusts-the-subject", (e) => (is(e, "subject", "refused") && !finding(e)?.plainToo) || (finding(e)?.fault === "wrong subject" && finding(e)?.trap !== "id"));

diagnose("strict-about-extras", (e) => is(e, "extra", "refused") && !finding(e)?.plainToo);

diagnose("asks-for-more", (e) => (is(e, "narrow", "refused") || is(e, "id", "refused")) && !finding(e)?.plainToo);

diagnose("makes-up-a-field", (e) => is(e, "value", "accepted") && finding(e)?.madeUp !== undefined);

diagnose("follows-proto", (e) => is(e, "proto", "accepted"));

diagnose("cast-instead-of-validate", (e) => is(e, "value", "accepted") || is(e, "bytes", "accepted"));

diagnose("drops-invalid", (e) => finding(e)?.fault === "no answer");

diagnose("two-answers", (e) => finding(e)?.fault === "two answers");

diagnose("alters-the-event", (e) => finding(e)?.fault === "altered");

diagnose("wrong-reason", (e) => finding(e)?.fault === "no reason");

diagnose("assumes-json", (e) => is(e, "msgpack", "refused") && !finding(e)?.plainToo);

diagnose("forwards-the-bytes", (e) => finding(e)?.fault === "not JSON");

diagnose("wrong-attributes", (e) => finding(e)?.fault === "wrong attribute");

/**
 * Sends events one after the other, waits for each one's answer, and stops at the first that is not what the contract
 * asks for. With `settle` it then waits until nothing moves, for answers too many that come late.
 */
async function judge(lab: Lab, cases: Case[], options: { exactNames?: boolean; settle?: boolean } = {}): Promise<void> {
  const [intake] = await lab.have("intake");
  const desk = await Desk.open(lab, intake!);
  for (const one of cases) {
    const answer = await desk.send(one);
    const found = findFault(one, answer, options);
    if (found) await report(lab, desk, one, found);
  }
  if (options.settle) await lab.settled();
  const twice = cases.find((one) => desk.answersTo(one).length > 1);
  if (twice) await report(lab, desk, twice, { fault: "two answers", ...desk.twice(twice) });
}

/** Finds out what else a diagnosis has to know, and ends the check. */
async function report(lab: Lab, desk: Desk, one: Case, found: Omit<Finding, "what" | "trap" | "version" | "subject">): Promise<void> {
  const timeline = desk.story(one);
  const more = { what: one.what, trap: one.trap, version: one.version, subject: one.subject, exit: desk.ending() };
  if (found.fault === "no answer") Object.assign(more, { goesOn: await desk.goesOn() });
  if (found.fault === "refused") Object.assign(more, { readsOtherCase: await desk.readsOtherCase(one), plainToo: await desk.refusesPlain(one) });
  lab.note("finding", { ...found, ...more });
  const error = desk.lastWords();
  expect(false, { expected: found.expected, seen: error ? `${found.seen}, and ended with the error "${error}"` : found.seen, timeline });
}

/** A plain event of this version is refused like the one that failed. */
function refusesAllOf(e: Evidence, version: 1 | 2): boolean {
  return finding(e)?.plainToo === true && finding(e)?.version === version;
}

/** What the check found wrong first. */
function finding(e: Evidence): Finding | undefined {
  return e.facts.finding as Finding | undefined;
}

function is(e: Evidence, trap: Case["trap"], ...faults: Finding["fault"][]): boolean {
  const found = finding(e);
  return found?.trap === trap && faults.includes(found.fault);
}

function subscriptions(e: Evidence): string[] {
  return e.record.filter((event) => event.kind === "subscribe" && event.program === "intake").map((event) => event.subject ?? "");
}
