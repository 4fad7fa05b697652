import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The text of `web/styles/<name>.css`; undefined where there is none. */
export async function readStyle(name: string): Promise<string | undefined> {
  return readFile(join(import.meta.dirname, "styles", `${name}.css`), "utf8").catch(() => undefined);
}
