import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { watchFolder } from "#engine/loop/watch.ts";
import { note, ok, type Finding, type Surroundings, type System } from "./finding.ts";

/** Whether file events arrive where the lessons are: without them `npm start` looks at the files instead. */
export async function lookAtWatching({ root, env, system }: Surroundings): Promise<Finding> {
  const folder = await mkdtemp(join(root, ".doctor-"));
  try {
    await writeFile(join(folder, "README.md"), "");
    await using watch = await watchFolder(folder, () => {}, env);
    if (!watch.polling) return ok("file events arrive: a save is noticed at once");
    return note("file events do not arrive here: npm start looks at the files every 0.4 s instead", REMEDIES[system]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const REMEDIES: Record<System, string> = {
  linux: "sudo sysctl fs.inotify.max_user_watches=524288   # or move the workshop to a local disk",
  darwin: "move the workshop to a local disk",
  wsl: "move the workshop into the Linux file system: mv \"$PWD\" ~/",
  windows: "wsl --install",
};
