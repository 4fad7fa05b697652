import { html, raw } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";

/** A piece of a page; what was put in by `${}` is escaped. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** What a page is made of. */
export interface PageParts {
  title: string;
  body: Html;
  /** A script of `web/client/`. */
  script?: string;
  /** Sheets of `web/styles/` besides the base. */
  styles?: string[];
  /** The site's token, where the page does something. */
  token?: string;
  /** Facts the script needs, as data attributes of the body: `{ lesson: "04-queue-groups" }`. */
  data?: Record<string, string>;
}

/** A whole page. It reads without its script; the early script only sets theme and type size before anything is drawn. */
export function page({ title, body, script, styles = [], token, data = {} }: PageParts): Html {
  const facts = Object.entries(data).map(([name, value]) => html` data-${raw(name)}="${value}"`);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
${token === undefined ? "" : html`<meta name="token" content="${token}">`}
<link rel="icon" href="data:,">
${["base", ...styles].map((name) => html`<link rel="stylesheet" href="/style/${name}.css">`)}
<script src="/client/early.js"></script>
${script === undefined ? "" : html`<script src="/client/${script}.js" defer></script>`}
</head>
<body${facts}>${body}</body>
</html>
`;
}
