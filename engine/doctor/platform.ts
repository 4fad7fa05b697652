import { note, ok, problem, type Finding, type Surroundings } from "./finding.ts";

const NAMES = { linux: "Linux", darwin: "macOS", wsl: "Linux inside Windows (WSL)", windows: "Windows" };

/** Whether this is a system that the lessons can run on. Signals are part of them, so bare Windows is none. */
export async function lookAtPlatform({ system, root }: Surroundings): Promise<Finding> {
  if (system === "windows") return problem("Windows without WSL: the lessons stop programs with signals, which Windows does not have", "wsl --install   # then clone the workshop inside it, under your home folder");
  if (system === "wsl" && /^\/mnt\/[a-z]\//.test(root)) return note("the workshop lies on a Windows drive: files are slow there, and saving one is not noticed at once", 'cp -r "$PWD" ~/   # and go on there');
  return ok(`${NAMES[system]}, ${process.arch}`);
}
