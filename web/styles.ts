import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

const PLOT = createRequire(import.meta.url).resolve("uplot/dist/uPlot.min.css");

/** The text of `web/styles/<name>.css`, or of the plot library's own sheet under `plot`; undefined where there is none. */
export async function readStyle(name: string): Promise<string | undefined> {
  const file = name === "plot" ? PLOT : join(import.meta.dirname, "styles", `${name}.css`);
  return readFile(file, "utf8").catch(() => undefined);
}
