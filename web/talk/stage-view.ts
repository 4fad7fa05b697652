import { html, raw } from "hono/html";
import { changedLines, type ChangedLine } from "../../talk/session/typing.ts";
import type { Session } from "../../talk/session/session.ts";
import type { StageLine } from "../../talk/stage/theatre.ts";
import { codeAt, filesOf } from "../../talk/text/states.ts";
import type { Html } from "../layout.ts";
import { highlighted } from "../markdown.ts";
import { drawn } from "./picture.ts";
import { rendered } from "./slides.ts";

/** So many lines of the terminal are on stage. */
const LINES = 14;
const LINES_BELOW = 4;

/** What the audience sees: the slide, the program, what the programs print, or the picture; below it the next command. */
export function stageView(session: Session): Html {
  const view = session.recording && session.view === "slide" ? "terminal" : session.view;
  return html`<section class="${view}">${view === "terminal" || view === "picture" ? html`<h1 class="unseen">${session.step.title}</h1>` : ""}${{ slide: slide, code: code, terminal: terminal, picture: picture }[view](session)}</section>
${session.recording ? html`<p class="recorded">recording of ${session.recording.recordedAt.slice(0, 10)}</p>` : ""}
${commandLine(session)}`;
}

function slide({ step }: Session): Html {
  return html`<div class="words">${rendered(step.slide)}</div>`;
}

function code(session: Session): Html {
  const shown = shownFile(session);
  if (!shown) return slide(session);
  const coloured = highlighted(shown.text, "typescript").split("\n");
  const marks = marksOf(shown.before, shown.text);
  const look = session.step.look;
  const at = marks.size > 0 || look === undefined ? -1 : shown.text.split("\n").findIndex((line) => line.includes(look));
  return html`<h1>${shown.path}</h1><pre class="program">${coloured.map((line, index) => html`<span class="line${marks.has(index) ? " new" : index === at ? " look" : ""}">${raw(line)}\n</span>`)}</pre>`;
}

function terminal(session: Session): Html {
  return printed(session.lines.slice(-LINES));
}

function picture(session: Session): Html {
  const svg = drawn(session);
  return svg === undefined ? terminal(session) : html`<figure>${raw(svg)}</figure>${printed(session.lines.filter(tells).slice(-LINES_BELOW))}`;
}

function printed(lines: readonly StageLine[]): Html {
  return html`<pre class="printed">${lines.map(({ program, text, stream }) => (stream === "command"
    ? html`<span class="run">${prompt(text)}\n</span>`
    : html`<span class="${stream}">${isAlone(program) ? "" : html`<b>${program}</b> `}${text}\n</span>`))}</pre>`;
}

/** Of an error that ends a program, its words; not the places in the code that node prints below them. */
function tells({ stream, text }: StageLine): boolean {
  return stream !== "err" || !/^(\s|[{}]|Node\.js v|(\/|file:|node:).*:\d+$)/.test(text);
}

/** A demonstration tells of its own programs: its name before each line says nothing. */
function isAlone(program: string): boolean {
  return program.startsWith("demo:");
}

/** The command that the next key runs: shown before it is run. */
function commandLine(session: Session): Html {
  const next = session.recording ? undefined : session.step.commands[session.done];
  return next ? html`<p class="next">${prompt(session.theatre.shown(next))}<i></i></p>` : html``;
}

/** The outside world is no shell. */
export function prompt(text: string): string {
  return text.startsWith("world: ") ? `⚙ ${text.slice(7)}` : `$ ${text}`;
}

/** The file that a step is about, as it is now and as it was in the step before. */
export function shownFile(session: Session): { path: string; text: string; before: string } | undefined {
  const { talk: { steps }, index, script } = session;
  const code = codeAt(steps, index);
  const path = code && [...filesOf(code).keys()].find((one) => one.endsWith(`/${code.file}`));
  const text = path === undefined ? undefined : script.read(path);
  if (!code || path === undefined || text === undefined) return undefined;
  const earlier = steps.slice(0, steps.findLastIndex((step, at) => at <= index && step.code)).findLast((step) => step.code)?.code;
  const before = earlier?.lesson === code.lesson ? (filesOf(earlier).get(path) ?? "") : text;
  return { path, text, before };
}

/** Numbers, from 0, of the lines that are new. */
function marksOf(before: string, text: string): Set<number> {
  const lines = changedLines(before, text).filter(({ kind }: ChangedLine) => kind !== "-");
  return new Set(lines.flatMap(({ kind }, index) => (kind === "+" ? [index] : [])));
}
