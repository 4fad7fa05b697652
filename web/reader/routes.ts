import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { html, raw } from "hono/html";
import { insideRoot } from "#engine/files/inside.ts";
import { allLessons, lessonIds, loadLesson } from "#engine/lessons/catalogue.ts";
import { currentLesson } from "#engine/progress/current.ts";
import { readProgress } from "#engine/progress/progress.ts";
import { lastVerdict } from "#engine/progress/verdicts.ts";
import { page, type Html } from "../layout.ts";
import { highlighted } from "../markdown.ts";
import type { Part, Site } from "../serve.ts";
import { lessonText, mayShow } from "./lesson.ts";
import { lessonPage } from "./page.ts";
import { searched, searchWords } from "./search.ts";

/** What the reader needs of the workshop around it. */
export interface ReaderOptions {
  root: string;
  /** Whether the house is open behind it, so that checks and programs can run. */
  live: boolean;
  /** A lesson's picture, where there is one. */
  picture?: (lesson: Awaited<ReturnType<typeof loadLesson>>) => Html | "";
}

/** The part of the site that shows lessons and files, also without JavaScript. */
export function reader({ root, live, picture = () => "" }: ReaderOptions): Part {
  return (app, site: Site) => {
    app.get("/", async (c) => c.redirect(`/lessons/${(await currentLesson(root)).id}`));
    app.get("/lessons/:id", async (c) => {
      const id = c.req.param("id");
      if (!lessonIds(root).includes(id)) return c.notFound();
      const lesson = await loadLesson(id, root);
      const [lessons, text, progress, kept] = await Promise.all([allLessons(root), lessonText(lesson), readProgress(root), lastVerdict(id, root)]);
      return c.html(lessonPage({ lesson, lessons, text, progress, kept, token: site.token, live, picture: picture(lesson) }));
    });
    app.get("/files/*", async (c) => {
      const path = await insideRoot(decodeURI(c.req.path.slice("/files/".length)), root).catch(() => "");
      if (!mayShow(path)) return c.notFound();
      const text = await readFile(join(root, path), "utf8").catch(() => undefined);
      return text === undefined ? c.notFound() : c.html(filePage(path, text));
    });
    app.get("/search", async (c) => c.html(await searched(root, c.req.query("q") ?? "")));
    app.get("/search.json", async (c) => c.json(await searchWords(root)));
  };
}

function filePage(path: string, text: string): Html {
  const language = path.split(".").at(-1) ?? "";
  return page({ title: path, styles: ["reader", "code"], body: html`<main class="alone file"><h1><code>${path}</code></h1><pre tabindex="0"><code>${raw(highlighted(text, language))}</code></pre></main>` });
}
