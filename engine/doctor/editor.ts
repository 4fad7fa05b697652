import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { note, ok, type Finding, type Surroundings } from "./finding.ts";

const KNOWN = ["code", "codium", "cursor", "zed", "subl", "idea", "webstorm", "nvim", "vim", "emacs"];

/** Which editor the key e of `npm start` opens. */
export async function lookAtEditor({ env }: Surroundings): Promise<Finding> {
  const set = env.LAUNCH_EDITOR ?? env.VISUAL ?? env.EDITOR;
  if (set) return ok(`the key e opens ${set}`);
  for (const name of KNOWN) if (await has(name)) return ok(`the key e opens the editor that runs, else ${name}`);
  return note("no editor is named, so the key e may find none", "export EDITOR=code");
}

async function has(command: string): Promise<boolean> {
  return promisify(execFile)("sh", ["-c", `command -v ${command}`]).then(() => true, () => false);
}
