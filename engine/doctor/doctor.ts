import { createColors } from "picocolors";
import { messageOf } from "#engine/server/errors.ts";
import { lookAtClock } from "./clock.ts";
import { lookAtDisk } from "./disk.ts";
import { problem, type Finding, type Look, type Surroundings } from "./finding.ts";
import { lookAtNode, lookAtSpeed } from "./node.ts";
import { lookAtPlatform } from "./platform.ts";
import { lookAtPorts } from "./ports.ts";
import { lookAtEditor } from "./editor.ts";
import { lookAtProxy } from "./proxy.ts";
import { lookAtServer } from "./server.ts";
import { lookAtWatching } from "./watching.ts";

/** Everything that the doctor looks at, in the order of the report. One more is one more function here. */
export const LOOKS: readonly Look[] = [lookAtPlatform, lookAtNode, lookAtServer, lookAtPorts, lookAtDisk, lookAtClock, lookAtWatching, lookAtEditor, lookAtProxy, lookAtSpeed];

/**
 * Looks at one thing after another (measured times would suffer from company) and hands out each finding as it is made.
 * On bare Windows the first finding is the only one: nothing else would be true there.
 */
export async function* examine(surroundings: Surroundings, looks: readonly Look[] = LOOKS): AsyncGenerator<Finding> {
  for (const look of looks) {
    for (const finding of await findingsOf(look, surroundings)) yield finding;
    if (surroundings.system === "windows") return;
  }
}

/** A finding as text: the level, the fact, and under it what to type. Colour only adds to the words. */
export function findingLines({ level, text, remedy }: Finding, colour: boolean): string {
  const c = createColors(colour);
  const paint = { ok: c.green, note: c.yellow, problem: c.red }[level];
  const [first = "", ...more] = text.split("\n");
  const commands = remedy?.split("\n").map((line) => c.dim("→ ") + c.cyan(line)) ?? [];
  return [`  ${paint(level.padEnd(LABEL))}${first}`, ...[...more, ...commands].map((line) => " ".repeat(LABEL + 2) + line)].join("\n");
}

const LABEL = 9;

/** The last line: whether the workshop can run. */
export function conclusion(findings: readonly Finding[]): string {
  const count = (level: Finding["level"]) => findings.filter((finding) => finding.level === level).length;
  const notes = counted(count("note"), "note");
  const problems = counted(count("problem"), "problem");
  return problems ? `The workshop cannot run yet: ${problems} to solve.` : `The workshop can run${notes ? `, with ${notes}` : ""}.`;
}

/** 0 when the workshop can run, 2 when it cannot. */
export function exitCodeOf(findings: readonly Finding[]): 0 | 2 {
  return findings.some(({ level }) => level === "problem") ? 2 : 0;
}

async function findingsOf(look: Look, surroundings: Surroundings): Promise<Finding[]> {
  try {
    return [await look(surroundings)].flat();
  } catch (error) {
    return [problem(`${look.name} could not look: ${messageOf(error)}`, "npm ci")];
  }
}

function counted(count: number, noun: string): string {
  return count === 0 ? "" : `${count} ${noun}${count === 1 ? "" : "s"}`;
}
