import { html, raw } from "hono/html";
import { shortName, type Lesson } from "#engine/lessons/catalogue.ts";
import type { ProgressRead } from "#engine/progress/progress.ts";
import type { KeptVerdict } from "#engine/progress/verdicts.ts";
import { page, type Html } from "../layout.ts";
import type { Section } from "../markdown.ts";
import { allMeasured, checksOf, questionsOf } from "./checks.ts";
import { contents } from "./contents.ts";
import type { LessonText } from "./lesson.ts";

/** What a lesson's page shows. */
export interface LessonPage {
  lesson: Lesson;
  lessons: readonly Lesson[];
  text: LessonText;
  progress: ProgressRead;
  kept: KeptVerdict | undefined;
  token: string;
  /** Whether checks, programs and faults can be started from here: a house is open. */
  live: boolean;
  /** The lesson's picture, for the place under the title. */
  picture: Html | "";
}

/** A lesson: its text with each check beside the paragraph that teaches it. */
export function lessonPage(shown: LessonPage): Html {
  const { lesson, lessons, text, progress, kept, token } = shown;
  const at = lessons.findIndex(({ id }) => id === lesson.id);
  const passed = progress.lessons[lesson.id]?.passedAt !== undefined;
  const anchors = text.sections.map(({ anchor }) => `#${anchor}`);
  return page({
    title: `${shortName(lesson)} · ${lesson.title}`, script: "reader", styles: ["reader", "code", "pictures"], token,
    data: { lesson: lesson.id, live: String(shown.live), hash: kept?.hash ?? "" },
    body: html`<a class="skip" href="#text">To the text</a>
${contents(lessons, progress, lesson.id)}
<main id="text" tabindex="-1">
${toolbar(passed)}
<header><p class="where">Lesson ${shortName(lesson)} · about ${lesson.minutes} minutes</p><h1>${lesson.title}</h1></header>
${progress.notice ? html`<p class="notice">${progress.notice}</p>` : ""}
<p id="notice" class="notice" role="status" hidden></p>
${shown.picture}
${text.sections.map((section) => sectionOf(section, { ...shown, anchors, passed }))}
<nav class="onward" aria-label="Next and previous">${neighbour(lessons[at - 1], "prev")}${neighbour(lessons[at + 1], "next")}</nav>
</main>
<dialog id="panel" aria-labelledby="panel-title"><form method="dialog"><button aria-label="Close">✕</button></form><h2 id="panel-title"></h2><div id="panel-body"></div></dialog>`,
  });
}

function sectionOf(section: Section, { lesson, kept, anchors, passed }: LessonPage & { anchors: string[]; passed: boolean }): Html {
  const strays = (check: Lesson["checks"][number]) => !anchors.includes(check.at ?? "#your-task");
  const verdicts = kept?.verdict.checks ?? [];
  const last = section.anchor === anchors.at(-1)?.slice(1);
  const beside = [checksOf(lesson, section.anchor, verdicts), last && lesson.checks.some(strays) ? checksOf({ ...lesson, checks: lesson.checks.filter(strays).map((check) => ({ ...check, at: `#${section.anchor}` })) }, section.anchor, verdicts) : ""];
  const asks = section.anchor.startsWith("before-you-") ? questionsOf(lesson.questions ?? [], { open: passed, measured: allMeasured(verdicts) }) : "";
  return html`<section class="${beside.some((part) => part !== "") ? "with-checks" : "plain"}"><div class="prose">${raw(section.html)}${asks}</div>${beside}</section>`;
}

function toolbar(passed: boolean): Html {
  return html`<div class="toolbar" role="toolbar" aria-label="This lesson">
<button data-do="check" data-needs="live">Check<kbd>c</kbd></button>
<button data-do="hint">Hint<kbd>h</kbd></button>
<button data-do="compare" data-passed="${String(passed)}">Compare<kbd>d</kbd></button>
<button data-do="reset">Reset<kbd>x</kbd></button>
<button data-do="undo">Undo<kbd>u</kbd></button>
<span class="stretch"></span>
<button data-do="smaller" aria-label="A− smaller type">A−</button>
<button data-do="larger" aria-label="A+ larger type">A+</button>
<button data-do="theme" aria-label="Light or dark">◐</button>
<button data-do="help" aria-label="Keys">?</button>
<button data-do="menu" aria-label="Lessons" aria-controls="contents">☰</button>
<span id="verdict" class="verdict" role="status"></span>
</div>`;
}

function neighbour(lesson: Lesson | undefined, rel: "prev" | "next"): Html | "" {
  if (!lesson) return "";
  return html`<a rel="${rel}" href="/lessons/${lesson.id}"><small>${rel === "prev" ? "Before" : "Next"}</small> ${shortName(lesson)} · ${lesson.title}</a>`;
}
