import { spawn } from "node:child_process";
import { release } from "node:os";

/** The command that opens an address in the person's own browser. */
function opener(): string {
  if (process.platform === "darwin") return "open";
  return /microsoft/i.test(release()) ? "wslview" : "xdg-open";
}

/** An opener that finds no browser says so within this time; one that has opened it may stay as long as the browser. */
const FAILS_WITHIN_MS = 1_000;

/** Opens an address in the browser. Resolves to false where this machine has no way to do so; `command` is for tests. */
export function openInBrowser(url: string, command: string = opener()): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, [url], { stdio: "ignore", detached: true });
    child.once("error", () => resolve(false));
    child.once("exit", (code) => resolve(code === 0));
    setTimeout(() => resolve(true), FAILS_WITHIN_MS).unref();
    child.unref();
  });
}
