import { html } from "hono/html";
import MiniSearch from "minisearch";
import { allLessons, shortName } from "#engine/lessons/catalogue.ts";
import { page, type Html } from "../layout.ts";
import { lessonText } from "./lesson.ts";

/** One section of one lesson, as it is searched. */
export interface Findable {
  /** Its address: `/lessons/04-queue-groups#leaving`. */
  id: string;
  lesson: string;
  heading: string;
  text: string;
}

/** How the words are indexed; the page in the browser and the page without JavaScript find the same. */
export const SEARCH = {
  fields: ["heading", "text", "lesson"],
  storeFields: ["lesson", "heading", "text"],
  searchOptions: { prefix: true, fuzzy: 0.15, boost: { heading: 3, lesson: 2 } },
};

/** Every section of every lesson. */
export async function searchWords(root: string): Promise<Findable[]> {
  const lessons = await allLessons(root);
  const texts = await Promise.all(lessons.map(async (lesson) => ({ lesson, text: await lessonText(lesson) })));
  return texts.flatMap(({ lesson, text }) => text.sections.map(({ anchor, heading, text }) => ({ id: `/lessons/${lesson.id}${anchor ? `#${anchor}` : ""}`, lesson: `${shortName(lesson)} · ${lesson.title}`, heading: heading || lesson.title, text })));
}

/** The page of results that works without JavaScript. */
export async function searched(root: string, query: string): Promise<Html> {
  const index = new MiniSearch<Findable>(SEARCH);
  index.addAll(await searchWords(root));
  const found = query.trim() === "" ? [] : index.search(query).slice(0, 20);
  return page({
    title: `Search: ${query}`, styles: ["reader"],
    body: html`<main class="alone"><h1>Search</h1><form action="/search"><label>Words <input name="q" type="search" value="${query}"></label> <button>Search</button></form>
<ul class="results">${found.map((hit) => html`<li><a href="${hit.id}">${String(hit.lesson)}: ${String(hit.heading)}</a></li>`)}</ul>${query !== "" && found.length === 0 ? html`<p>No section has these words.</p>` : ""}<p><a href="/">To the lesson</a></p></main>`,
  });
}
