import { realpath } from "node:fs/promises";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { Refusal } from "./refusal.ts";

/**
 * The path relative to `root`, with `/`, of something in the workshop: `lessons/04-queue-groups/worker.ts`.
 * A relative `path` counts from `root`. Throws a `Refusal` when it lies outside, also by way of a
 * symbolic link, or is the root itself.
 */
export async function insideRoot(path: string, root: string): Promise<string> {
  const asked = resolve(root, path);
  const inside = relative(root, asked);
  const real = relative(await realpath(root), await realOf(asked));
  if (isWithin(inside) && isWithin(real)) return inside.split(sep).join("/");
  throw new Refusal(`Cannot touch ${path} as it must lie in ${root}: it lies outside`, "name a file of this repository");
}

function isWithin(path: string): boolean {
  return path !== "" && path !== ".." && !path.startsWith(`..${sep}`) && !isAbsolute(path);
}

/** Where a path really is; for one that does not exist yet, where it would be. */
async function realOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : resolve(await realOf(parent), relative(parent, path));
  }
}
