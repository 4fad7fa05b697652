import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import json from "highlight.js/lib/languages/json";
import python from "highlight.js/lib/languages/python";
import typescript from "highlight.js/lib/languages/typescript";
import MarkdownIt from "markdown-it";
import { anchorOf } from "#engine/lessons/anchors.ts";

for (const [name, language] of Object.entries({ bash, json, python, typescript })) hljs.registerLanguage(name, language);
hljs.registerAliases(["sh", "shell"], { languageName: "bash" });
hljs.registerAliases(["ts"], { languageName: "typescript" });

/** A stretch of a page under one heading of the second level; the first has none and is what stands above them. */
export interface Section {
  /** The heading's anchor, `a-queue-group`; empty for the first. */
  anchor: string;
  /** The heading as plain text. */
  heading: string;
  /** HTML with the heading, safe to put into a page: the text's own markup is escaped. */
  html: string;
  /** The words as they are searched. */
  text: string;
}

/** How the text's addresses become the site's. */
export interface MarkdownOptions {
  /** Address of a link, given what the text says: `../07-streams/README.md`. */
  link: (to: string) => string;
  /** Address of a file that is named in code, `lessons/04-queue-groups/worker.ts`; undefined where it is no file to open. */
  file: (path: string) => string | undefined;
}

const { escapeHtml } = new MarkdownIt().utils;

/** Code as HTML with classes for its parts; an unknown language is escaped only. */
export function highlighted(code: string, language: string): string {
  return hljs.getLanguage(language) ? hljs.highlight(code, { language }).value : escapeHtml(code);
}

/** Renders a page's Markdown in sections. Raw HTML is text, except the one form of `<details>` that lessons fold answers with. */
export function sectionsOf(markdown: string, options: MarkdownOptions): { title: string; sections: Section[] } {
  const md = rendererOf(options);
  const env = {};
  const tokens = md.parse(markdown, env);
  const starts = tokens.flatMap((token, index) => (token.type === "heading_open" && token.tag === "h2" ? [index] : []));
  const parts = [0, ...starts].map((start, index) => tokens.slice(start, starts[index] ?? tokens.length));
  const title = tokens[tokens.findIndex(({ type, tag }) => type === "heading_open" && tag === "h1") + 1]?.content ?? "";
  const sections = parts.map((part, index): Section => {
    const heading = index === 0 ? "" : (part[1]?.content ?? "").replaceAll("`", "");
    const words = part.flatMap(({ type, content }) => (type === "inline" || type === "fence" ? [content] : []));
    const shown = index === 0 ? part.slice(part.findIndex(({ type, tag }) => type === "heading_close" && tag === "h1") + 1) : part;
    return { anchor: anchorOf(heading), heading, html: md.renderer.render(shown, md.options, env), text: words.join("\n") };
  });
  return { title, sections };
}

function rendererOf({ link, file }: MarkdownOptions) {
  const md = new MarkdownIt({ html: false, linkify: false, typographer: false, highlight: highlighted });
  md.block.ruler.before("paragraph", "fold", fold, { alt: ["paragraph"] });
  md.core.ruler.push("anchors", ({ tokens }) => {
    for (const [index, token] of tokens.entries()) if (token.type === "heading_open") token.attrSet("id", anchorOf(tokens[index + 1]?.content ?? ""));
  });
  md.renderer.rules.link_open = (tokens, index, options, _env, self) => {
    const token = tokens[index]!;
    const to = String(token.attrGet("href"));
    token.attrSet("href", /^[a-z]+:/i.test(to) || to.startsWith("#") ? to : link(to));
    if (/^https?:/i.test(to)) token.attrSet("rel", "noreferrer");
    return self.renderToken(tokens, index, options);
  };
  md.renderer.rules.code_inline = (tokens, index) => {
    const text = tokens[index]!.content;
    const [code, to] = [md.utils.escapeHtml(text), file(text)];
    return to === undefined ? `<code>${code}</code>` : `<a class="file" href="${md.utils.escapeHtml(to)}" data-file="${code}"><code>${code}</code></a>`;
  };
  md.renderer.rules.table_open = (tokens, index) => {
    const head = tokens.slice(index, tokens.findIndex(({ type }, at) => at > index && type === "thead_close"));
    const words = head.flatMap(({ type, content }) => (type === "inline" && content ? [content.replaceAll("`", "")] : []));
    return `<div class="wide" tabindex="0" role="region" aria-label="Table: ${md.utils.escapeHtml(words.join(", "))}"><table>\n`;
  };
  // A corner without words is no heading.
  md.core.ruler.push("corners", ({ tokens }) => {
    for (const [index, { type }] of tokens.entries()) if (type === "th_open" && tokens[index + 1]?.content === "") for (const cell of [tokens[index]!, tokens[index + 2]!]) cell.tag = "td";
  });
  md.renderer.rules.table_close = () => "</table></div>\n";
  return md;
}

type BlockRule = Parameters<InstanceType<typeof MarkdownIt>["block"]["ruler"]["before"]>[2];

/** `<details><summary>words</summary>` on a line of its own opens a fold, `</details>` on a line of its own closes it. */
const fold: BlockRule = (state, line, _end, silent) => {
  const text = state.src.slice(state.bMarks[line]! + state.tShift[line]!, state.eMarks[line]).trim();
  const opens = /^<details><summary>([^<>]*)<\/summary>$/.exec(text);
  const folds = state.env as { open?: number };
  if (!opens && (text !== "</details>" || !folds.open)) return false;
  if (silent) return true;
  folds.open = (folds.open ?? 0) + (opens ? 1 : -1);
  const token = state.push(opens ? "fold_open" : "fold_close", "details", opens ? 1 : -1);
  token.block = true;
  if (opens) {
    state.push("summary_open", "summary", 1);
    Object.assign(state.push("inline", "", 0), { content: opens[1], children: [], map: [line, line + 1] });
    state.push("summary_close", "summary", -1);
  }
  state.line = line + 1;
  return true;
};
