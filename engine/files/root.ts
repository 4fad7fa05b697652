import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository this engine stands in: an absolute path without a trailing slash. */
export const repositoryRoot: string = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/**
 * The folder that holds `lessons/`, `solutions/`, `attempts/` and `.workshop/`.
 * It is the repository, unless `WORKSHOP_ROOT` names another: the tests run the same scripts on a toy workshop.
 */
export function workshopRoot(): string {
  return process.env.WORKSHOP_ROOT ? resolve(process.env.WORKSHOP_ROOT) : repositoryRoot;
}
