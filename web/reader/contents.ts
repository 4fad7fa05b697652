import { html } from "hono/html";
import type { Lesson } from "#engine/lessons/catalogue.ts";
import { shortName } from "#engine/lessons/catalogue.ts";
import type { Progress } from "#engine/progress/progress.ts";
import type { Html } from "../layout.ts";

const PARTS = ["Beyond the talk", "Why event-driven architecture", "NATS fundamentals", "An event pipeline", "JetStream", "Production", "Closing"];

/** The lessons by the parts of the talk, with how far the learner is in each, and where they are now. */
export function contents(lessons: readonly Lesson[], progress: Progress, here?: string): Html {
  const parts = PARTS.map((name, part) => ({ name, lessons: lessons.filter((lesson) => (lesson.part ?? 0) === part) })).filter(({ lessons }) => lessons.length > 0);
  const inOrder = [...parts.filter(({ name }) => name !== PARTS[0]), ...parts.filter(({ name }) => name === PARTS[0])];
  return html`<nav class="contents" aria-label="Lessons" id="contents">
<p class="brand"><a href="/">Event pipelines with NATS</a></p>
<form class="search" role="search" action="/search"><label for="find">Search</label><input id="find" name="q" type="search" placeholder="Search   /" autocomplete="off"><div id="found" class="found" aria-live="polite"></div></form>
${inOrder.map(({ name, lessons }) => html`<h2>${name}</h2><ol>${lessons.map((lesson) => row(lesson, progress, here))}</ol>`)}
<h2>Look</h2><ol><li><a href="/pictures"${here === "pictures" ? html` aria-current="page"` : ""}><span class="mark" aria-hidden="true">◌</span><span>The eight pictures</span></a></li><li><a href="/talk"><span class="mark" aria-hidden="true">▸</span><span>The talk, to read again</span></a></li></ol>
</nav>`;
}

function row(lesson: Lesson, progress: Progress, here: string | undefined): Html {
  const [mark, word, state] = stateOf(progress.lessons[lesson.id]);
  return html`<li data-lesson="${lesson.id}" data-state="${state}"><a href="/lessons/${lesson.id}"${lesson.id === here ? html` aria-current="page"` : ""}><span class="mark" aria-hidden="true">${mark}</span><span class="number">${shortName(lesson)}</span><span>${lesson.title}</span><span class="unseen state">${word}</span></a></li>`;
}

function stateOf(mine: Progress["lessons"][string] | undefined): [mark: string, word: string, state: string] {
  if (mine?.passedAt) return ["✓", ", passed", "passed"];
  return mine && mine.tries > 0 ? ["…", ", begun", "begun"] : ["·", "", "new"];
}
