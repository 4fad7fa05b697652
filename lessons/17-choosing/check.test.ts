import { check, diagnose } from "#engine/check/register.ts";
import type { Evidence } from "#engine/lessons/evidence.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { expect } from "#engine/lab/words.ts";
import { ALL, CHOICES, NATS, rightOnes, SITUATIONS, type Argument, type Choice, type Mistake, type Situation } from "./check.situations.ts";

type Answers = Record<string, unknown>;

check("all-answered", async (lab) => {
  const answers = await answersOf(lab);
  expect(answers !== undefined, { expected: "decisions.ts to export an object called decisions", seen: "it exports none" });
  const open = ALL.find(({ id }) => answers[id] === undefined);
  const unknown = Object.keys(answers).filter((id) => !ALL.some((situation) => situation.id === id));
  lab.note("open", open?.id);
  lab.note("unknown", unknown.join(", "));
  expect(!open, { expected: `an answer for each of the ${ALL.length} situations`, seen: `"${open?.id}" has none` });
  const odd = ALL.find(({ id }) => !isChoice(answers[id]));
  lab.note("odd", odd && JSON.stringify(answers[odd.id]));
  expect(!odd, { expected: `one of ${CHOICES.join(", ")}`, seen: `"${odd?.id}" has ${JSON.stringify(odd && answers[odd.id])}` });
});

for (const [id, situations] of Object.entries(SITUATIONS)) {
  check(id, async (lab) => {
    const answers = (await answersOf(lab)) ?? {};
    const misfits = situations.filter((situation) => argumentFor(situation, answers)?.mistake !== undefined || !isChoice(answers[situation.id]));
    const [first, ...more] = misfits;
    lab.note("answers", ALL.map((situation) => answers[situation.id]));
    lab.note("wrong", ALL.filter((situation) => argumentFor(situation, answers)?.mistake !== undefined).length);
    lab.note("argument", first && argumentFor(first, answers));
    expect(!first, () => ({ expected: `a choice that fits "${first!.id}": ${first!.decides}`, seen: `"${String(answers[first!.id])}"${more.length > 0 ? `; ${more.map((one) => `"${one.id}"`).join(" and ")} will be talked about next` : ""}` }));
  });
}

check("a-colleague", async (lab) => {
  const answers = (await answersOf(lab)) ?? {};
  lab.note("says", ALL.map((situation) => spoken(situation, answers)).join("\n"));
});

diagnose("nothing-exported", (e) => e.check === "all-answered" && e.facts.open === undefined && e.facts.odd === undefined);
diagnose("unanswered", (e) => e.facts.open !== undefined);
diagnose("no-such-choice", (e) => e.facts.odd !== undefined);
diagnose("nats-everywhere", (e) => chosen(e).length > 0 && chosen(e).every((choice) => NATS.includes(choice)));
diagnose("one-for-everything", (e) => chosen(e).length > 0 && new Set(chosen(e)).size === 1);
const MISTAKES: Mistake[] = [
  "middleman", "no-answer", "one-for-many", "keeps-the-worthless", "forgets", "store-tells-nobody",
  "no-transaction", "taken-and-gone", "builds-what-exists", "hands-to-anyone", "subject-is-no-partition", "prefetch-is-per-worker",
];
for (const mistake of MISTAKES) diagnose(mistake, (e) => (e.facts.argument as Argument | undefined)?.mistake === mistake);

const read = new WeakMap<Lab, Promise<Record<string, unknown>>>();

/** What the learner's file exports as `decisions`, or as its default; undefined when that is no object. It is read once a run. */
async function answersOf(lab: Lab): Promise<Answers | undefined> {
  if (!read.has(lab)) read.set(lab, lab.exports("decisions"));
  const exported = await read.get(lab)!;
  const answers = exported.decisions ?? exported.default;
  return typeof answers === "object" && answers !== null ? (answers as Answers) : undefined;
}

function isChoice(answer: unknown): answer is Choice {
  return CHOICES.some((choice) => choice === answer);
}

function argumentFor(situation: Situation, answers: Answers): Argument | undefined {
  const answer = answers[situation.id];
  return isChoice(answer) ? situation.answers[answer] : undefined;
}

function chosen(e: Evidence): string[] {
  return ((e.facts.answers as unknown[] | undefined) ?? []).map(String);
}

function spoken(situation: Situation, answers: Answers): string {
  const argument = argumentFor(situation, answers);
  const others = rightOnes(situation).filter((choice) => choice !== answers[situation.id]);
  const also = others.length > 0 ? ` Right as well: ${others.join(", ")}.` : "";
  return `${situation.id}: ${String(answers[situation.id])}. ${argument?.says ?? ""} (${argument?.see ?? ""})${also}\n`;
}
