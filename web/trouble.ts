import { html } from "hono/html";
import { page, type Html } from "./layout.ts";

/** A page that says what went wrong and where to go on. */
export function troublePage({ title, text, next }: { title: string; text: string; next: string }): Html {
  return page({ title, body: html`<main class="alone"><h1>${title}</h1><p>${text}</p><p><a href="${next}">Go on from here</a></p></main>` });
}
