import { findLesson } from "#engine/lessons/catalogue.ts";
import { standing } from "../session/standing.ts";
import type { Command } from "../text/command.ts";
import type { Step } from "../text/parse.ts";
import { codeAt } from "../text/states.ts";
import type { Theatre } from "./theatre.ts";

/** Opens the step's lesson on the house's server if another is open; anew where `fresh` is set. Answers whether it did. */
export async function openLessonOf(theatre: Theatre, steps: readonly Step[], index: number, { fresh }: { fresh: boolean }): Promise<boolean> {
  const lesson = codeAt(steps, index)?.lesson;
  if (lesson === undefined || (theatre.house.lesson.id === lesson && !fresh)) return false;
  await theatre.moveTo(lesson, { fresh: true });
  return true;
}

/** A fresh server, the outside world as it was told, and the programs that run when the step begins. */
export async function restoreTo(theatre: Theatre, steps: readonly Step[], index: number): Promise<void> {
  const lesson = codeAt(steps, index)?.lesson;
  await theatre.stopAll();
  if (lesson === undefined) return;
  await theatre.moveTo(lesson, { fresh: true });
  const { programs } = await findLesson(lesson);
  const commands = standing(steps, index, (file) => programs[file.replace(/^.*\//, "").replace(/\.ts$/, "")]?.kind === "service");
  for (const command of commands) if (command.kind === "world") await theatre.run(command);
  await Promise.all(commands.map((command) => command.kind === "program" && theatre.run(command)));
}

/** So long a program has to get an order into its hands before it is killed. Milliseconds. */
const HANDS_MS = 15_000;

/** Runs commands as fast as they go: copies at once, and a program is killed when it has a call open, as on stage. */
export async function runAll(theatre: Theatre, commands: readonly Command[]): Promise<void> {
  const going: Promise<void>[] = [];
  for (const [index, command] of commands.entries()) {
    const before = commands[index - 1];
    if (command.kind !== "program" || before?.kind !== "program" || !command.name.includes("#")) {
      if (command.kind !== "signal") await Promise.all(going);
    }
    if (command.kind === "signal") await theatre.inHand(command.name, HANDS_MS);
    const one = theatre.run(command);
    // Whoever waits for all of them hears of it; until then nobody does.
    one.catch(() => {});
    going.push(one);
  }
  await Promise.all(going);
}
