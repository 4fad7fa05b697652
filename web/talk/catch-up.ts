import { html } from "hono/html";
import { z } from "zod";
import { troubleOf } from "#engine/check/trouble.ts";
import { handOver } from "../../talk/cli/handover.ts";
import { readTalk, type Talk } from "../../talk/text/talk.ts";
import { page, type Html } from "../layout.ts";
import type { Part } from "../serve.ts";
import { rendered } from "./slides.ts";

const STEP = z.object({ step: z.string().max(8) });

/** The talk for a learner: every step to read again, and the way to stand where the stage stood in it. */
export function catchUp({ root }: { root: string }): Part {
  return (app, { token }) => {
    app.get("/talk", (c) => c.html(page({ title: "The talk", body: reader(readTalk()), script: "catch-up", styles: ["code", "reader"], token })));
    app.post("/talk/catch-up", async (c) => {
      try {
        const { step } = STEP.parse(await c.req.json());
        const { lesson, files, kept } = await handOver(root, step);
        const written = files.length === 0 ? "Nothing had to be changed" : `${files.length} ${files.length === 1 ? "file is" : "files are"} as on stage`;
        return c.json({ says: `You stand at step ${step}, in lesson ${lesson}. ${written}.${kept ? ` What you had is in ${kept}; npm run undo brings it back.` : ""} In the workshop's terminal, ${Number(lesson.slice(0, 2))} g opens that lesson.` });
      } catch (error) {
        const { text, next } = troubleOf(error);
        return c.json({ error: { text, next } }, 400);
      }
    });
  };
}

function reader(talk: Talk): Html {
  return html`<main class="alone" id="text"><p><a href="/">All lessons</a></p>
<h1>The talk, to read again</h1>
<p>25 minutes in six parts. "Catch up" gives you the programs as they were on stage in that step. Your own text is kept first.</p>
<p id="notice" role="status" hidden></p>
${talk.parts.map((part) => html`<h2>${part.number} ${part.title}</h2>
${part.steps.map(({ id, title, code, slide, say }) => html`<details id="step-${id}"><summary>${id} ${title}</summary>${rendered(slide)}${rendered(say)}
${code ? html`<p><button data-step="${id}">Catch up to step ${id}</button></p>` : ""}</details>`)}`)}</main>`;
}
