import { Refusal } from "#engine/files/refusal.ts";
import { parseCommand, type Command } from "./command.ts";
import { parseSight, type Sight } from "./sight.ts";

/** What the audience looks at: the slide, the program, what the programs print, or a picture. */
export type View = "slide" | "code" | "terminal" | "picture";

/** One step of the talk, as its part's Markdown says it. */
export interface Step {
  /** `3.2`: part and number. */
  id: string;
  part: number;
  number: number;
  title: string;
  /** Its budget. */
  seconds: number;
  /** What is on stage when the step begins. */
  view: View;
  /** The lesson's programs in one of the states that the marks in its solution make. */
  code?: { lesson: string; state: number; file: string };
  /** A part of the program's line that is to be seen when the step itself brings no new ones: a program is longer than a screen. */
  look?: string;
  /** What the stage shows once the step's last command runs: `terminal`, or a picture of the catalogue. */
  picture: string;
  /** It may be left out when time is short. */
  skip: boolean;
  /** It begins with a server that has nothing but what the lesson begins with. */
  fresh: boolean;
  /** Markdown. */
  slide: string;
  /** What the presenter says, in full. Markdown. */
  say: string;
  /** What is run, in this order. */
  commands: Command[];
  /** What is to be seen then. */
  sights: Sight[];
}

/** One of the talk's six parts. */
export interface Part {
  number: number;
  title: string;
  minutes: number;
  steps: Step[];
}

const VIEWS: View[] = ["slide", "code", "terminal", "picture"];
const FIELDS = ["seconds", "view", "code", "look", "picture", "skip", "fresh"];
const SECTIONS = ["Slide", "Say", "Do", "See"];

/**
 * Reads a part of the talk: `# title`, a line `minutes: 3`, and its steps, each `## title`, a list of fields, and the
 * sections `### Slide`, `### Say`, `### Do`, `### See`. Throws a `Refusal` that names file and line.
 */
export function parsePart(text: string, { file, number }: { file: string; number: number }): Part {
  const lines = text.split("\n");
  const fail = (line: number, what: string): never => {
    throw new Refusal(`Cannot read the talk: ${file}:${line + 1} ${what}`, `open ${file}`);
  };
  const title = /^# (.+)/.exec(lines[0] ?? "")?.[1] ?? fail(0, "is to be the part's title: # Why …");
  const at = lines.findIndex((line) => /^minutes: \d+$/.test(line));
  if (at < 0) fail(0, "has no line that says its minutes: minutes: 3");
  const starts = headingsOf(lines, "## ").filter((line) => !isInSlide(lines, line));
  const steps = starts.map((start, index) => parseStep(lines, { start, end: starts[index + 1] ?? lines.length, part: number, number: index + 1, fail }));
  return { number, title, minutes: Number(lines[at]!.slice(9)), steps };
}

type Fail = (line: number, what: string) => never;

function parseStep(lines: string[], { start, end, part, number, fail }: { start: number; end: number; part: number; number: number; fail: Fail }): Step {
  const sections = headingsOf(lines, "### ").filter((line) => line > start && line < end);
  for (const line of sections) if (!SECTIONS.includes(lines[line]!.slice(4))) fail(line, `is none of the sections ${SECTIONS.join(", ")}`);
  const range = (name: string) => {
    const from = sections.find((line) => lines[line] === `### ${name}`) ?? end;
    return { from: from + 1, to: sections.find((line) => line > from) ?? end };
  };
  const body = (name: string) => lines.slice(range(name).from, range(name).to).join("\n").trim();
  const fields = fieldsOf(lines, { from: start + 1, to: sections[0] ?? end, fail });
  const view = (fields.get("view") ?? "slide") as View;
  if (!VIEWS.includes(view)) fail(start, `has the view ${view}; there are ${VIEWS.join(", ")}`);
  const seconds = Number(fields.get("seconds"));
  if (!(seconds > 0)) fail(start, "says no seconds: - seconds: 45");
  if (!body("Slide")) fail(start, "has no slide");
  if (!body("Say")) fail(start, "has nothing to say");
  const code = fields.get("code");
  return {
    id: `${part}.${number}`, part, number, title: lines[start]!.slice(3), seconds, view,
    ...(code === undefined ? {} : { code: codeOf(code) ?? fail(start, `has the code "${code}"; it is a lesson, a state and a file: 06-order-pipeline 2 payments.ts`) }),
    ...(fields.has("look") ? { look: fields.get("look")! } : {}),
    picture: fields.get("picture") ?? "terminal", skip: fields.get("skip") === "yes", fresh: fields.get("fresh") === "yes",
    slide: body("Slide"), say: body("Say"),
    commands: itemsOf(lines, range("Do")).map(({ text, line }) => parseCommand(text) ?? fail(line, `is no command of the talk: ${text}`)),
    sights: itemsOf(lines, range("See")).map(({ text, line }) => parseSight(text) ?? fail(line, `says nothing that can be looked for: ${text}`)),
  };
}

function codeOf(text: string): Step["code"] {
  const [, lesson, state, file] = /^(\S+) (\d+) (\S+)$/.exec(text) ?? [];
  return lesson && file ? { lesson, state: Number(state), file } : undefined;
}

function fieldsOf(lines: string[], { from, to, fail }: { from: number; to: number; fail: Fail }): Map<string, string> {
  const fields = new Map<string, string>();
  for (let line = from; line < to; line++) {
    const text = lines[line]!.trim();
    if (!text) continue;
    const [, name, value] = /^- (\w+): (.+)$/.exec(text) ?? [];
    if (!name || !value || !FIELDS.includes(name)) fail(line, `is none of the fields ${FIELDS.join(", ")}: ${text}`);
    fields.set(name!, value!);
  }
  return fields;
}

function itemsOf(lines: string[], { from, to }: { from: number; to: number }): { text: string; line: number }[] {
  return lines.slice(from, to).flatMap((text, index) => (text.startsWith("- ") ? [{ text: text.slice(2), line: from + index }] : []));
}

/** The numbers of the lines that begin so, outside of fenced code. */
function headingsOf(lines: string[], prefix: string): number[] {
  let fenced = false;
  return lines.flatMap((line, index) => {
    if (line.startsWith("```")) fenced = !fenced;
    return !fenced && line.startsWith(prefix) ? [index] : [];
  });
}

/** A slide has headings of its own: a step's heading is followed by its fields. */
function isInSlide(lines: string[], line: number): boolean {
  const next = lines.slice(line + 1).find((text) => text.trim() !== "");
  return !next?.startsWith("- seconds:");
}
