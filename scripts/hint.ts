// npm run hint -- N: the next hint for the check that fails, one step at a time.
import pc from "picocolors";
import wrap from "wrap-ansi";
import { shortName } from "#engine/lessons/catalogue.ts";
import { readHistory } from "#engine/progress/history.ts";
import { noteHint } from "#engine/progress/note.ts";
import { readProgress } from "#engine/progress/progress.ts";
import { lookOf } from "#engine/report/terminal.ts";
import { lessonAsked, main } from "./lib.ts";

await main(async () => {
  const lesson = await lessonAsked();
  const last = (await readHistory({ lesson: lesson.id })).findLast(({ outcome }) => outcome !== "broken");
  const mine = (await readProgress()).lessons[lesson.id];
  const check = lesson.checks.find(({ id }) => id === last?.check) ?? lesson.checks[0];
  if (!check) throw new Error(`lesson ${lesson.id} has no checks`);
  const passed = mine?.passedAt !== undefined;
  const shown = Math.min((mine?.hints[check.id] ?? 0) + 1, check.hints.length);
  await noteHint(lesson.id, { check: check.id, shown });
  const room = lookOf(process.stdout).columns - 6;
  console.log(`\n  ${pc.bold(`Lesson ${shortName(lesson)}`)} · ${check.title}\n`);
  const hints = passed ? check.hints : check.hints.slice(0, shown);
  for (const [index, hint] of hints.entries()) {
    const text = wrap(hint, room - 3).split("\n").join("\n     ");
    console.log(`  ${pc.cyan(`${index + 1}.`)} ${index === hints.length - 1 ? text : pc.dim(text)}\n`);
  }
  if (!last) console.log(pc.dim(`  This lesson has not been checked yet: npm run ${lesson.script}\n`));
  else if (shown < check.hints.length && !passed) console.log(pc.dim(`  ${check.hints.length - shown} more: npm run hint -- ${shortName(lesson)}\n`));
  else console.log(pc.dim(`  That was the last hint. README: lessons/${lesson.id}/README.md${check.at ?? ""}\n`));
});
