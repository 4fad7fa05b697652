import { execFile } from "node:child_process";
import { basename } from "node:path";
import { promisify } from "node:util";
import launchEditor from "launch-editor";
import { Refusal } from "#engine/files/refusal.ts";

/** Editors that draw in the terminal they are started from; the workshop has that one. */
const IN_THE_TERMINAL = ["vi", "vim", "nvim", "nano", "pico", "emacs", "ed", "joe", "micro", "hx", "helix", "kak"];
const WITH_A_WINDOW = ["code", "codium", "cursor", "windsurf", "zed", "subl", "idea", "webstorm", "kate", "gedit"];

/** An editor that is there says nothing; one that is not says so within this time. */
const FAILS_WITHIN_MS = 400;

/**
 * The command that opens a file in an editor with a window of its own: the one that `LAUNCH_EDITOR`, `VISUAL` or `EDITOR`
 * names, else the first known one on the path. Undefined where there is none: npm sets `EDITOR` to vi for everybody who
 * has named no editor, and vi would share its keys with the workshop.
 */
export async function editorOf(env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  const named = [env.LAUNCH_EDITOR, env.VISUAL, env.EDITOR].find((one) => one && !IN_THE_TERMINAL.includes(basename(one.trim().split(" ")[0]!)));
  if (named) return named;
  for (const name of WITH_A_WINDOW) if (await has(name)) return name;
  return process.platform === "darwin" ? "open -t" : undefined;
}

/** Opens a file in the person's editor. Throws a `Refusal` where none is found, or where it cannot be started. */
export async function openInEditor(file: string, shown: string): Promise<void> {
  const editor = await editorOf();
  const next = `open ${shown} yourself; EDITOR=code npm start names an editor`;
  if (!editor) throw new Refusal("No editor with a window of its own was found, and one that runs in a terminal would need this one.", next);
  const error = await new Promise<string | undefined>((resolve) => {
    launchEditor(file, editor, (_name, why) => resolve(why ?? "it cannot be started"));
    setTimeout(() => resolve(undefined), FAILS_WITHIN_MS);
  });
  if (error !== undefined) throw new Refusal(`Cannot open ${shown} with ${editor}: ${error}.`, next);
}

async function has(command: string): Promise<boolean> {
  return promisify(execFile)("sh", ["-c", `command -v ${command}`]).then(() => true, () => false);
}
