import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Refusal } from "#engine/files/refusal.ts";
import { repositoryRoot } from "#engine/files/root.ts";

/** What `npm run SCRIPT -- words` would start, as package.json says: npm itself takes half a second. Throws a `Refusal` when there is no such script. */
export function withoutNpm(words: string[]): string[] {
  const { scripts } = JSON.parse(readFileSync(join(repositoryRoot, "package.json"), "utf8")) as { scripts: Record<string, string> };
  const [node, ...rest] = (scripts[words[2] ?? ""] ?? "").split(" ");
  if (node !== "node") throw new Refusal(`Cannot run ${words.join(" ")} as package.json has no such script.`, "npm run");
  return [process.execPath, ...rest, ...words.slice(3).filter((word) => word !== "--")];
}
