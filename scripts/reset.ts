// npm run reset -- N: lays a lesson's starter again. What was typed is kept, and `npm run undo` brings it back.
import { join } from "node:path";
import pc from "picocolors";
import { backUp } from "#engine/files/backups.ts";
import { Refusal } from "#engine/files/refusal.ts";
import { writeSafely } from "#engine/files/write.ts";
import { editedFiles, original } from "#engine/lessons/originals.ts";
import { noteVerdict } from "#engine/progress/note.ts";
import { lessonAsked, main } from "./lib.ts";

await main(async () => {
  const lesson = await lessonAsked();
  const edited = editedFiles(lesson.root).filter((file) => file.startsWith(`lessons/${lesson.id}/`));
  if (edited.length === 0) return console.log(`\n  Lesson ${lesson.id} is as it was laid: there is nothing to reset.\n`);
  const texts = new Map(edited.map((file) => [file, original(file, lesson.root)]));
  const lost = [...texts].find(([, text]) => text === undefined)?.[0];
  if (lost) throw new Refusal(`Cannot reset as the original of ${lost} is not kept on this machine, and git does not have it.`, "git status");
  const backup = await backUp(edited.map((file) => join(lesson.root, file)), `reset-${lesson.slug}`);
  for (const [file, text] of texts) await writeSafely(join(lesson.root, file), text ?? "");
  await noteVerdict(lesson.id, "failed");
  console.log(`\n  ${edited.map((file) => `${pc.green("✓")} ${file}`).join("\n  ")}\n\n  What you had is in ${pc.cyan(backup ? backup.folder.slice(lesson.root.length + 1) : "")}\n  Bring it back: npm run undo\n`);
});
