import { html } from "hono/html";
import type { CheckVerdict } from "#engine/check/verdict.ts";
import type { Lesson } from "#engine/lessons/catalogue.ts";
import type { CheckDef, Question } from "#engine/lessons/define.ts";
import type { Html } from "../layout.ts";

/** How the outcome of a check is said: a sign, and the word for those who do not see it. */
export const OUTCOMES: Record<string, [sign: string, word: string]> = {
  passed: ["✓", "passed"], failed: ["✗", "not yet"], broken: ["!", "the workshop failed"], skipped: ["·", "not run"], shown: ["○", "measured"], new: ["·", "not run yet"], running: ["…", "running"],
};

/** The checks that a section teaches, as they came out last. */
export function checksOf(lesson: Lesson, anchor: string, verdicts: readonly CheckVerdict[]): Html | "" {
  const mine = lesson.checks.filter((check) => (check.at ?? "#your-task") === `#${anchor}`);
  if (mine.length === 0) return "";
  return html`<ul class="checks" aria-label="Checks of this section">${mine.map((check) => checkItem(check, verdicts.find(({ id }) => id === check.id)))}</ul>`;
}

function checkItem(check: CheckDef, verdict: CheckVerdict | undefined): Html {
  const outcome = verdict?.outcome ?? "new";
  const [sign, word] = OUTCOMES[outcome] ?? ["·", ""];
  return html`<li id="check-${check.id}" data-check="${check.id}" data-outcome="${outcome}"><span class="sign" aria-hidden="true">${sign}</span> <span class="name">${check.title}</span> <span class="word">${word}</span><div class="story">${verdict ? storyOf(verdict) : ""}</div></li>`;
}

/** What a check has to say: of a failure what was expected, seen, where they part, the mistake and the file; of a measured one its values. */
export function storyOf(check: CheckVerdict): Html | "" {
  if (check.outcome === "failed" || check.outcome === "broken") return failure(check);
  const said = check.outcome === "skipped" ? check.why : measuredIn(check).join(" ");
  return said ? html`<p class="said">${said}</p>` : "";
}

/** What the checks that only measure have measured, as sentences. */
export function allMeasured(checks: readonly CheckVerdict[]): string[] {
  return checks.filter(({ outcome }) => outcome === "shown").flatMap((check) => measuredIn(check));
}

/** A check's measurements as sentences. */
export function measuredIn({ measured = {}, seen }: CheckVerdict): string[] {
  if (seen !== undefined) return [seen];
  const plain = Object.entries(measured).filter(([, value]) => typeof value === "string" || typeof value === "number");
  return plain.map(([name, value]) => (name === "says" ? String(value) : `${name}: ${String(value)}.`));
}

function failure({ expected, seen, diagnosis, evidence = [] }: CheckVerdict): Html {
  const file = diagnosis?.file;
  return html`<dl>
${expected ? html`<dt>Expected</dt><dd>${expected}</dd>` : ""}
${seen ? html`<dt>What I saw</dt><dd>${seen}</dd>` : ""}
<dt>Likely</dt><dd>${diagnosis?.text ?? "No mistake I know fits this. The lines below are everything that was seen."}</dd>
${file ? html`<dt>Open</dt><dd><a class="file" href="/files/${file.replace(/:\d+.*$/, "")}" data-file="${file}"><code>${file}</code></a></dd>` : ""}
</dl>
${evidence.length > 0 ? html`<details><summary>Where they part: ${evidence.length} lines of the record</summary><pre class="evidence" tabindex="0">${evidence.join("\n")}</pre></details>` : ""}`;
}

/** Questions to answer before a run; the answer opens after a verdict, or on demand. */
export function questionsOf(questions: readonly Question[], { open, measured }: { open: boolean; measured: readonly string[] }): Html | "" {
  if (questions.length === 0) return "";
  return html`<div class="questions">${questions.map((question, index) => html`<fieldset class="question" data-question="${index}"><legend>${question.ask}</legend>
${(question.options ?? []).map((option, choice) => html`<label><input type="radio" name="question-${index}" value="${choice}"> ${option}</label>`)}
<p class="yours" hidden></p>
<details class="answer"${open ? html` open` : ""}><summary>The answer; your run gives it too</summary><p>${question.answer}</p></details></fieldset>`)}<p data-measured${measured.length === 0 ? html` hidden` : ""}>Your last run measured: <span>${measured.join(" ")}</span></p></div>`;
}
