// npm run new:lesson -- SLUG ["Title"]: lays out a lesson that fails as a lesson has to, with everything the proof asks for.
import { cpSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { Refusal } from "#engine/files/refusal.ts";
import { workshopRoot } from "#engine/files/root.ts";
import { writeSafely } from "#engine/files/write.ts";
import { lessonIds, scriptOf } from "#engine/lessons/catalogue.ts";
import { writeOriginalHashes } from "#engine/lessons/originals.ts";
import { main } from "./lib.ts";

const TEMPLATE = fileURLToPath(new URL("new-lesson/template", import.meta.url));
const SLUG = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

await main("npm run new:lesson -- SLUG [TITLE]", async () => {
  const root = workshopRoot();
  const [slug = "", title = titleOf(slug)] = process.argv.slice(2);
  const number = nextNumber(root);
  const id = `${String(number).padStart(2, "0")}-${slug}`;
  const trees = { lesson: join(root, "lessons", id), solution: join(root, "solutions", id), attempts: join(root, "attempts", id) };
  mustBeNew(slug, { root, folders: Object.values(trees) });
  try {
    for (const [part, folder] of Object.entries(trees)) {
      cpSync(join(TEMPLATE, part), folder, { recursive: true });
      fillIn(folder, { __NN__: String(number).padStart(2, "0"), __N__: String(number), __SLUG__: slug, __TITLE__: title });
    }
    await addScript(root, id, number);
    writeOriginalHashes(root, id);
  } catch (error) {
    for (const folder of Object.values(trees)) rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  const rest = Object.values(trees).map((folder) => relative(root, folder)).join(", ");
  console.log(`\n  Lesson ${number} is laid out in ${rest}.\n  It is whole and proved as it stands; now make it yours, from the README on.\n\n  See it fail:  npm run ${scriptOf(id)}\n  Prove it:     npm run proof -- ${number}\n  List it:      npm run proof -- --write   (the README's table)\n\n  CONTRIBUTING.md says what a lesson has to have.\n`);
});

/** One more than the highest number there is. */
function nextNumber(root: string): number {
  return Math.max(0, ...lessonIds(root).map((id) => Number(/^\d\d/.exec(id)?.[0] ?? 0))) + 1;
}

function mustBeNew(slug: string, { root, folders }: { root: string; folders: string[] }): void {
  if (!SLUG.test(slug)) {
    const better = slug.normalize("NFKD").toLowerCase().replaceAll(/[^a-z0-9\s_-]/g, "").replaceAll(/[\s_-]+/g, "-").replaceAll(/^[-\d]+|-+$/g, "");
    throw new Refusal(`Cannot call a lesson ${JSON.stringify(slug)}: its folder is named by a slug of small letters, digits and single dashes.`, `npm run new:lesson -- ${SLUG.test(better) ? better : "shop-window"}`);
  }
  const same = lessonIds(root).find((id) => id.replace(/^(\d\d|appendix)-/, "") === slug);
  if (same) throw new Refusal(`Cannot lay out ${slug}: lesson ${same} has that name.`, `npm run new:lesson -- more-${slug}`);
  const there = folders.find((folder) => existsSync(folder));
  if (there) throw new Refusal(`Cannot lay out ${slug}: ${relative(root, there)} is there already, and nothing is overwritten.`, `ls ${relative(root, there)}`);
}

function titleOf(slug: string): string {
  return slug.charAt(0).toUpperCase() + slug.slice(1).replaceAll("-", " ");
}

function fillIn(folder: string, words: Record<string, string>): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const text = readFileSync(file, "utf8");
    // A title may hold quotation marks, and in lesson.ts it stands between two.
    const asWritten = (value: string) => (entry.name === "lesson.ts" ? JSON.stringify(value).slice(1, -1) : value);
    writeFileSync(file, Object.entries(words).reduce((filled, [word, value]) => filled.replaceAll(word, () => asWritten(value)), text));
  }
}

/** Adds `check:lesson-N` behind the last of its kind. */
async function addScript(root: string, id: string, number: number): Promise<void> {
  const file = join(root, "package.json");
  const whole = JSON.parse(readFileSync(file, "utf8")) as { scripts: Record<string, string> };
  const entries = Object.entries(whole.scripts);
  const behind = entries.findLastIndex(([name]) => name.startsWith("check:lesson-"));
  entries.splice(behind < 0 ? entries.length : behind + 1, 0, [scriptOf(id), `node --import tsx scripts/check.ts ${number}`]);
  await writeSafely(file, `${JSON.stringify({ ...whole, scripts: Object.fromEntries(entries) }, undefined, 2)}\n`);
}
