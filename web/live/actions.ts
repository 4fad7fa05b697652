import { join } from "node:path";
import { html } from "hono/html";
import { z } from "zod";
import { compareText } from "#engine/actions/compare.ts";
import { openInEditor } from "#engine/actions/editor.ts";
import { nextHint } from "#engine/actions/hint.ts";
import { resetLesson } from "#engine/actions/reset.ts";
import { troubleOf } from "#engine/check/trouble.ts";
import { insideRoot } from "#engine/files/inside.ts";
import { Refusal } from "#engine/files/refusal.ts";
import { undo } from "#engine/files/undo.ts";
import { lessonIds, loadLesson, shortName, type Lesson } from "#engine/lessons/catalogue.ts";
import type { Html } from "../layout.ts";
import { mayShow } from "../reader/lesson.ts";
import type { Part } from "../serve.ts";
import { cause, FAULTS } from "./faults.ts";
import type { Host } from "./host.ts";

/** What actions need of the workshop. */
export interface ActionOptions {
  root: string;
  /** Undefined where the page is served without a house. */
  host: () => Host | undefined;
}

/** An answer to an action: a title and some HTML for the panel, or one sentence. */
interface Answer {
  title?: string;
  body?: Html;
  says?: string;
}

type Do = (body: unknown, options: ActionOptions) => Promise<Answer>;

const OF_LESSON = z.object({ lesson: z.string().max(80) });

/** Every action there is. A request names one of them; nothing in a request is ever run as a command. */
const ACTIONS: Record<string, Do> = {
  check: async (body, options) => {
    const [host, lesson] = [hostOf(options), await lessonOf(body, options)];
    host.press(host.lesson.id === lesson.id ? "c" : `${shortName(lesson)}gc`);
    return {};
  },
  open: async (body, options) => {
    const lesson = await lessonOf(body, options);
    hostOf(options).press(`${shortName(lesson)}g`);
    return { says: `The workshop is now at lesson ${shortName(lesson)}, with that lesson's server.` };
  },
  hint: async (body, options) => {
    const { about, left, readOn } = await nextHint(await lessonOf(body, options));
    const after = left > 0 ? html`${left} more: ask again.` : html`That was the last one. Read on in <a href="#${readOn.split("#")[1] ?? "text"}">the text</a>.`;
    return { title: about.length === 1 ? (about[0]?.title ?? "") : "All hints", body: html`${about.map(({ title, shown }) => html`${about.length > 1 ? html`<h3>${title}</h3>` : ""}<ol class="hints">${shown.map((hint) => html`<li>${hint}</li>`)}</ol>`)}<p>${after}</p>` };
  },
  compare: async (body, options) => {
    const lesson = await lessonOf(body, options);
    const lines = compareText(lesson, { columns: 100, colour: false }).split("\n");
    return { title: "Yours beside the solution", body: html`<pre class="diff" tabindex="0">${lines.map((line) => html`<span class="${kindOf(line)}">${line}</span>\n`)}</pre>` };
  },
  reset: async (body, options) => {
    const reset = await resetLesson(await lessonOf(body, options));
    return { says: reset ? `Laid again: ${reset.files.join(", ")}. What you had is in ${reset.kept}; Undo brings it back.` : "Nothing was changed: it is as it was laid." };
  },
  undo: async (_body, { root }) => {
    const undone = await undo({ root });
    return { says: undone ? `Back: ${undone.restored.join(", ")}. Undo again takes that back.` : "There is nothing to undo." };
  },
  edit: async (body, { root }) => {
    const [, file = "", place = ""] = /^([^:]+)((?::\d+){0,2})$/.exec(z.object({ file: z.string().max(200) }).parse(body).file) ?? [];
    const path = await insideRoot(file, root);
    if (!mayShow(path)) throw new Refusal(`Cannot open ${path}: it is no file of a lesson.`, "open it in your editor");
    await openInEditor(join(root, path) + place, path);
    return { says: `${path} is open in your editor.` };
  },
  run: async (body, options) => {
    hostOf(options).press(`${z.object({ copies: z.number().int().min(1).max(9) }).parse(body).copies}r`);
    return {};
  },
  stop: async (_body, options) => {
    hostOf(options).press("s");
    return {};
  },
  orders: async (body, options) => {
    hostOf(options).press(`${z.object({ count: z.number().int().min(1).max(99) }).parse(body).count}o`);
    return {};
  },
  fault: async (body, options) => {
    const { fault, program } = z.object({ fault: z.enum(Object.keys(FAULTS) as [string]), program: z.string().max(80).optional() }).parse(body);
    return { says: await cause(hostOf(options), fault, program) };
  },
};

/** The actions of the page: `POST /do/<name>` with JSON, answered by `{ title?, html?, says? }` or `{ error: { text, next } }`. */
export function actions(options: ActionOptions): Part {
  return (app) => {
    app.post("/do/:name", async (c) => {
      const act = Object.hasOwn(ACTIONS, c.req.param("name")) ? ACTIONS[c.req.param("name")] : undefined;
      if (!act) return c.json({ error: { text: "There is no such action.", next: "reload the page" } }, 404);
      try {
        const { body, ...rest } = await act(await c.req.json().catch(() => ({})), options);
        return c.json({ ...rest, ...(body === undefined ? {} : { html: String(await body) }) });
      } catch (error) {
        if (error instanceof z.ZodError) return c.json({ error: { text: "The page asked for something this action does not take.", next: "reload the page" } }, 400);
        const { text, next } = troubleOf(error);
        return c.json({ error: { text, next } }, error instanceof Refusal ? 409 : 500);
      }
    });
  };
}

function hostOf({ host }: ActionOptions): Host {
  const open = host();
  if (!open) throw new Refusal("No server runs behind this page, so nothing can be started from here.", "npm start");
  return open;
}

async function lessonOf(body: unknown, { root }: ActionOptions): Promise<Lesson> {
  const { lesson } = OF_LESSON.parse(body);
  if (!lessonIds(root).includes(lesson)) throw new Refusal(`There is no lesson ${JSON.stringify(lesson)}.`, "npm run list");
  return loadLesson(lesson, root);
}

function kindOf(line: string): string {
  const sign = line.trimStart()[0];
  return /^ {2}\+/.test(line) ? "added" : /^ {2}-/.test(line) ? "removed" : sign === "@" ? "at" : "same";
}
