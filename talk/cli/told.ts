import { createColors } from "picocolors";
import wrap from "wrap-ansi";
import type { Look } from "#engine/report/terminal.ts";
import type { PaceNow } from "../session/pace.ts";
import type { Session } from "../session/session.ts";
import type { Step } from "../text/parse.ts";
import type { Talk } from "../text/talk.ts";

/** A step as the terminal tells it. The notes are left out where the audience sees the terminal. */
export function stepText(session: Session, { columns, colour, notes }: Look & { notes: boolean }): string {
  const c = createColors(colour);
  const { step, index, skipped } = session;
  const wrapped = (text: string) => wrap(text, Math.min(columns, 100) - 4).split("\n").map((line) => `  ${line}`).join("\n");
  const paragraphs = step.say.split("\n\n").map((text) => wrapped(text.replaceAll("\n", " ")));
  return [
    `\n  ${c.bold(`${step.id} · ${step.title}`)}   ${c.dim(paceText(session.pace.at(index, skipped), step))}${step.skip ? c.dim("   can be left out") : ""}`,
    ...(notes ? ["", ...paragraphs.flatMap((text) => [text, ""])] : []),
    ...nextText(session, colour),
  ].join("\n");
}

/** What the next key does. */
export function nextText(session: Session, colour: boolean): string[] {
  const c = createColors(colour);
  const { step, done, typing, theatre } = session;
  const command = step.commands[done];
  if (typing.length > 0) return [`  ${c.dim(`next: a line of ${step.code?.file} (${typing.length} to come)`)}`];
  if (command) return [`  ${c.dim("next runs:")} ${c.cyan(theatre.shown(command))}`];
  return [`  ${c.dim("next: the next step")}`];
}

function paceText({ elapsed, late, running }: PaceNow, { seconds }: Step): string {
  if (!running) return `${clock(seconds)}; the clock begins with the first key`;
  const pace = late > 15 ? `${clock(late)} late` : late < -15 ? `${clock(-late)} early` : "on time";
  return `${clock(seconds)} · at ${clock(elapsed)} of 25:00, ${pace}`;
}

/** All steps with their minutes; with the rehearsals' average beside the budget where there are any. */
export function listText(talk: Talk, averages: ReadonlyMap<string, number> = new Map()): string {
  return talk.parts.flatMap((part) => [
    `\n  ${part.number} ${part.title}   ${part.minutes} minutes`,
    ...part.steps.map(({ id, title, seconds, skip, commands }) => {
      const real = averages.get(id);
      return `    ${id}  ${clock(seconds)}${real === undefined ? "" : ` (rehearsed ${clock(real)})`}  ${title}${commands.length > 0 ? ` · ${commands.length} to run` : ""}${skip ? " · can be left out" : ""}`;
    }),
  ]).join("\n");
}

/** `1:05` */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
