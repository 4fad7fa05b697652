import type { Command } from "../text/command.ts";
import type { Step } from "../text/parse.ts";
import { codeAt } from "../text/states.ts";

/**
 * The commands that lead from a fresh server to where a step begins: the programs that run by then, and what the outside
 * world was told. `isService` says whether a program goes on until it is stopped.
 */
export function standing(steps: readonly Step[], index: number, isService: (file: string) => boolean): Command[] {
  const programs = new Map<string, Command>();
  let world: Command[] = [];
  for (const [at, step] of steps.slice(0, index + 1).entries()) {
    if (step.fresh || codeAt(steps, at)?.lesson !== codeAt(steps, at - 1)?.lesson) [world] = [[], programs.clear()];
    if (at === index) break;
    for (const command of step.commands) {
      if (command.kind === "world") world = command.change.kind === "calm" ? [] : command.change.kind === "declines" ? world : [...world, command];
      if (command.kind === "signal") programs.delete(command.name);
      if (command.kind !== "program") continue;
      for (const name of replacedBy(command.name, [...programs.keys()])) programs.delete(name);
      if (isService(command.file)) programs.set(command.name, command);
    }
    for (const sight of step.sights) if (sight.kind === "ends") programs.delete(sight.program);
  }
  return [...world, ...programs.values()];
}

/** The running programs that a start under `name` ends: those of that name, and with `worker` or `worker#1` all copies. */
export function replacedBy(name: string, running: readonly string[]): string[] {
  const [base, copy] = name.split("#");
  return running.filter((one) => one === name || ((copy === undefined || copy === "1") && one.split("#")[0] === base));
}
