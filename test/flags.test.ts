import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { repositoryRoot } from "#engine/files/root.ts";
import { freePlace } from "./fixtures/terminal.ts";

test("a script says its usage when asked, and what it does not know, in words and without a stack", async () => {
  const [help, unknown, missing] = await Promise.all([said("hint", ["--help"]), said("proof", ["--nope"]), said("demo-replay", ["--events"])]);
  expect(help).toEqual({ code: 0, out: "\n  Usage: npm run hint -- [LESSON]\n\n", err: "" });
  expect(unknown).toMatchObject({ code: 2, out: "", err: expect.stringMatching(/^\n {2}There is no flag --nope here\.\n\n {2}Next: npm run proof -- .*\n$/) });
  expect(missing).toMatchObject({ code: 2, out: "", err: expect.stringMatching(/^\n {2}Cannot read the arguments: .*\n\n {2}Next: npm run demo:replay -- .*\n$/) });
});

test("npm run server | head -1 ends in order when it is stopped, though nobody reads what it says", async () => {
  const child = begun("server", ["--port", String(await freePlace())]);
  let err = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  child.stdout.setEncoding("utf8");
  for (let out = ""; !out.includes("Ctrl-C stops it");) out += ((await once(child.stdout, "data")) as string[])[0];
  child.stdout.destroy();
  child.kill("SIGTERM");
  const [code] = (await once(child, "close")) as [number | null];
  expect({ code, err }).toEqual({ code: 0, err: "" });
});

function begun(script: string, args: string[]) {
  return spawn(process.execPath, ["--import", "tsx", `scripts/${script}.ts`, ...args], { cwd: repositoryRoot, stdio: ["ignore", "pipe", "pipe"] });
}

async function said(script: string, args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = begun(script, args);
  const texts = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (texts.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (texts.err += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, ...texts };
}
