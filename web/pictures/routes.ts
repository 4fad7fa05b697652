import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { html, raw } from "hono/html";
import { PICTURES, pictureOf } from "#engine/pictures/catalogue.ts";
import { stateAfter, type Input, type Picture } from "#engine/pictures/picture.ts";
import { repositoryRoot } from "#engine/files/root.ts";
import { allLessons, type Lesson } from "#engine/lessons/catalogue.ts";
import { readProgress } from "#engine/progress/progress.ts";
import { page, type Html } from "../layout.ts";
import { FAULTS } from "../live/faults.ts";
import { contents } from "../reader/contents.ts";
import type { Part } from "../serve.ts";

/** The picture a lesson opens with. */
export function pictureFor(lesson: Pick<Lesson, "picture" | "needs">): Picture {
  return pictureOf(lesson.picture) ?? pictureOf(lesson.needs?.jetstream ? "holders" : "hearing")!;
}

/** The place of a live picture: the script draws into it. */
export function picturePanel(picture: Picture, { controls = true } = {}): Html {
  return html`<section class="picture" aria-labelledby="picture-title" data-picture="${picture.id}">
<div class="picture-head"><h2 id="picture-title">${picture.title}</h2>
<label>Picture <select data-choose="picture">${PICTURES.map(({ id, title }) => html`<option value="${id}"${id === picture.id ? html` selected` : ""}>${title}</option>`)}</select></label>
<label>Of <select data-choose="source"><option value="live">your programs, live</option><option value="check">the last check</option><option value="sample">a recording</option></select></label></div>
<p class="looks" data-looks>${picture.looks}</p>
${controls ? controlsOf() : ""}
<div class="canvas" data-canvas tabindex="0" role="group" aria-label="Picture"><noscript>The picture is drawn by a script.</noscript></div>
<p class="newest" data-newest></p>
<p class="newest" data-printed></p>
<div class="controls time" role="group" aria-label="Time"><button data-time="play" aria-pressed="false">From the start</button><button data-time="pause" aria-pressed="false">Pause</button><button data-time="back">Step back</button><button data-time="forward">Step on</button><button data-time="slow" aria-pressed="false">Slow</button><button data-time="live" aria-pressed="true">Live</button> <span data-place></span></div>
<details class="twin"><summary>The same as a table, with the source of each figure</summary><div class="wide" data-table tabindex="0" role="region" aria-label="The picture as a table"></div></details>
</section>`;
}

function controlsOf(): Html {
  const all = Object.entries(FAULTS);
  const button = ([name, { label }]: (typeof all)[number]) => html`<button data-fault="${name}">${label}</button>`;
  return html`<div class="controls" role="group" aria-label="Programs" data-needs="live"><label>Copies <input type="number" min="1" max="9" value="3" data-copies></label><button data-run>Run</button><button data-stop>Stop</button><label>Orders <input type="number" min="1" max="99" value="6" data-count></label><button data-orders>Place</button><button data-open hidden>Open this lesson here</button></div>
<div class="controls faults" role="group" aria-label="Faults" data-needs="live"><label>Program <select data-program></select></label>${all.filter(([, fault]) => fault.perProgram).map(button)}<span class="gap"></span>${all.filter(([, fault]) => !fault.perProgram).map(button)}</div>
<p class="just" role="status" data-just></p>`;
}

/** The story recorded for a picture, from a real run: `engine/pictures/samples/<id>.json`. */
async function sampleOf(picture: Picture): Promise<Input[]> {
  const text = await readFile(join(repositoryRoot, "engine/pictures/samples", `${picture.id}.json`), "utf8").catch(() => "[]");
  return JSON.parse(text) as Input[];
}

/** All eight pictures at the end of their recorded stories, and the stories themselves for the player. */
export function sampler(root: string): Part {
  return (app) => {
    app.get("/samples/:id{[a-z]+\\.json}", async (c) => {
      const picture = pictureOf(c.req.param("id").slice(0, -5));
      return picture ? c.json(await sampleOf(picture)) : c.notFound();
    });
    app.get("/pictures", async (c) => {
      const [lessons, progress] = await Promise.all([allLessons(root), readProgress(root)]);
      const shown = await Promise.all(PICTURES.map(async (picture) => drawn(picture, await sampleOf(picture))));
      return c.html(page({ title: "The eight pictures", script: "sampler", styles: ["reader", "pictures"], body: html`${contents(lessons, progress, "pictures")}<main id="text"><h1>The eight pictures</h1><p>Each is drawn from what the wire tap saw of a real run. On a lesson's page they show your own programs.</p>${shown}</main>` }));
    });
  };
}

/** The moment of a story that shows best what its picture is about. */
function moment(picture: Picture, story: readonly Input[]): readonly Input[] {
  const at = story.findIndex((input) => (picture.id === "holders" || picture.id === "stream" ? input.kind === "exit" : picture.id === "life" && input.kind === "deliver" && (input.deliveries ?? 1) > 1));
  return at < 0 ? story : story.slice(0, at + 1);
}

function drawn(picture: Picture, whole: readonly Input[]): Html {
  const story = moment(picture, whole);
  const state = stateAfter(picture, story);
  const now = story.at(-1)?.t ?? 0;
  const { head, rows } = picture.table(state, now);
  return html`<section class="picture" id="${picture.id}"><h2>${picture.title}</h2><p class="looks">${picture.looks}</p><div class="canvas" tabindex="0" role="group" aria-label="Picture: ${picture.title}">${raw(picture.draw(state, { now, width: 860, motion: false }))}</div>
<details class="twin"><summary>The same as a table, with the source of each figure</summary><div class="wide" tabindex="0" role="region" aria-label="${picture.title}"><table><thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead><tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody></table></div></details></section>`;
}
