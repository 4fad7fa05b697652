import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Surroundings, System } from "./finding.ts";

/** The machine, the system and the repository that this process runs in. */
export async function hereAndNow(): Promise<Surroundings> {
  return {
    root: resolve(import.meta.dirname, "../.."),
    env: process.env,
    system: await systemOf(process.platform),
    nodeVersion: process.versions.node,
    now: Date.now,
  };
}

// Linux inside Windows says so in its kernel's name: "…-microsoft-standard-WSL2".
async function systemOf(platform: string): Promise<System> {
  if (platform === "win32") return "windows";
  if (platform === "darwin") return "darwin";
  const kernel = await readFile("/proc/version", "utf8").catch(() => "");
  return /microsoft/i.test(kernel) ? "wsl" : "linux";
}
