import MarkdownIt from "markdown-it";
import { raw } from "hono/html";
import { highlighted } from "../markdown.ts";
import type { Html } from "../layout.ts";

const md = new MarkdownIt({ html: false, linkify: false, typographer: false, highlight: highlighted });

/** Markdown of the talk as HTML: its own markup is escaped. */
export function rendered(markdown: string): Html {
  return raw(md.render(markdown)) as Html;
}
