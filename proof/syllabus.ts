import { readFileSync } from "node:fs";
import { join } from "node:path";
import { attemptsOf } from "#engine/lessons/attempts.ts";
import type { Lesson } from "#engine/lessons/catalogue.ts";
import { writeSafely } from "#engine/files/write.ts";

const BEGIN = "<!-- the syllabus: written by `npm run proof -- --write` -->";
const END = "<!-- end of the syllabus -->";

const PARTS = ["", "1 Why event-driven architecture", "2 NATS fundamentals", "3 An event pipeline", "4 JetStream", "5 Production", "6 Closing"];

/** The README's table of lessons: a line for each, with the checks it makes and the attempts that prove them. */
export function syllabus(lessons: Lesson[]): string {
  const head = ["| lesson | what it asks | minutes | checks | wrong programs it names | right ones in other styles |", "| --- | --- | --- | --- | --- | --- |"];
  let part: number | undefined;
  const lines = lessons.flatMap((lesson) => {
    const opens = lesson.part !== part && lesson.part !== undefined;
    part = lesson.part;
    return [...(opens ? [`| **${PARTS[lesson.part ?? 0] ?? ""}** | | | | | |`] : []), row(lesson)];
  });
  const attempts = lessons.flatMap((lesson) => attemptsOf(lesson));
  const wrong = attempts.filter(({ verdict }) => verdict === "failed").length;
  const sum = `${lessons.length} lessons, ${wrong} wrong programs that each get a diagnosis of their own, ${attempts.length - wrong} right ones in another style or language; \`npm test\` runs them all.`;
  return [BEGIN, ...head, ...lines, "", sum, END].join("\n");
}

/** What is wrong with the README's table: that it is not there, or says something else than the lessons. */
export function syllabusProblems(lessons: Lesson[], root: string): string[] {
  const text = readFileSync(join(root, "README.md"), "utf8");
  if (!text.includes(BEGIN)) return ["README.md: has no syllabus; npm run proof -- --write fills what stands between its two comments"];
  return text.includes(syllabus(lessons)) ? [] : ["README.md: the syllabus says something else than the lessons do; npm run proof -- --write"];
}

/** Writes the table between its two comments. Answers false where the README does not have them. */
export async function writeSyllabus(lessons: Lesson[], root: string): Promise<boolean> {
  const file = join(root, "README.md");
  const text = readFileSync(file, "utf8");
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin < 0 || end < begin) return false;
  await writeSafely(file, text.slice(0, begin) + syllabus(lessons) + text.slice(end + END.length));
  return true;
}

function row(lesson: Lesson): string {
  const attempts = attemptsOf(lesson);
  const wrong = attempts.filter(({ verdict }) => verdict === "failed").length;
  const name = lesson.number === undefined ? "appendix" : `${String(lesson.number).padStart(2, "0")} ${lesson.slug.replaceAll("-", " ")}`;
  return `| [${name}](lessons/${lesson.id}/README.md) | ${lesson.title} | ${lesson.minutes} | ${lesson.checks.length} | ${wrong} | ${attempts.length - wrong} |`;
}
