import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { spawn, type IPty } from "@lydell/node-pty";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { portsFrom } from "#engine/house/ports.ts";
import { isFree } from "#engine/server/ports.ts";

const repository = fileURLToPath(new URL("..", import.meta.url));
const toy = join(repository, "test", "toy");
const root = join(toy, ".workshop", "loop-room");
const program = join(root, "lessons/01-greet/greeter.ts");
const starter = readFileSync(join(toy, "lessons/01-greet/greeter.ts"), "utf8");
const solved = readFileSync(join(toy, "solutions/01-greet/greeter.ts"), "utf8");

/** A conversation in a pseudo-terminal, read as a person would. */
class Talk {
  readonly pty: IPty;
  readonly port: number;
  readonly ended: Promise<number>;
  text = "";

  constructor(port: number, env: Record<string, string> = {}) {
    this.port = port;
    const { VITEST: _vitest, NODE_ENV: _env, MODE: _mode, ...rest } = process.env as Record<string, string>;
    this.pty = spawn(process.execPath, ["--import", "tsx", "scripts/start.ts", "--port", String(port)], { cols: 80, rows: 30, cwd: repository, env: { ...rest, WORKSHOP_ROOT: root, NO_COLOR: "1", ...env } });
    this.pty.onData((text) => { this.text += text; });
    this.ended = new Promise((resolve) => this.pty.onExit(({ exitCode }) => resolve(exitCode)));
  }

  /** Waits until the screen says something, and forgets what came before it. */
  async sees(words: string): Promise<string> {
    await expect.poll(() => this.text, { timeout: 20_000, interval: 20 }).toContain(words);
    const end = this.text.indexOf(words) + words.length;
    const seen = this.text.slice(0, end);
    this.text = this.text.slice(end);
    return seen;
  }

  type(keys: string): void {
    this.pty.write(keys);
  }
}

/** A place for the house's three ports, below those the system deals out: nobody takes one in the meantime. */
async function freePlace(): Promise<number> {
  for (;;) {
    const clients = 10_000 + Math.floor(Math.random() * 8_000);
    const free = await Promise.all(Object.values(portsFrom(clients)).map((port) => isFree(port)));
    if (free.every(Boolean)) return clients;
  }
}

async function open(env: Record<string, string> = {}): Promise<Talk> {
  const talk = new Talk(await freePlace(), env);
  await talk.sees("q quit");
  return talk;
}

async function close(talk: Talk): Promise<void> {
  talk.type("\u0003");
  await talk.sees("Nothing is left running.");
  expect(await talk.ended).toBe(0);
}

beforeAll(() => {
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  for (const tree of ["lessons", "solutions", "attempts"]) cpSync(join(toy, tree), join(root, tree), { recursive: true });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("npm start", () => {
  test("checks on save: the starter's mistake, then the pass, and progress follows", async () => {
    const talk = await open();
    writeFileSync(program, `${starter}\n// touched\n`);
    await talk.sees("Your greeter hears the greeting and ships nothing.");
    await talk.sees("q quit");
    writeFileSync(program, solved);
    await talk.sees("Passed.");
    await talk.sees("n next");
    expect(JSON.parse(readFileSync(join(root, ".workshop/progress.json"), "utf8"))).toMatchObject({ lessons: { "01-greet": { passedAt: expect.any(String), tries: 2 } } });
    await close(talk);
  });

  test("a burst of saves ends with one verdict, on the newest content", async () => {
    const talk = await open();
    for (let save = 0; save < 12; save++) writeFileSync(program, `${starter}\n// save ${save}\n`);
    writeFileSync(program, `${solved}\n// the last one\n`);
    await talk.sees("Passed.");
    await talk.sees("q quit");
    expect(talk.text).not.toContain("ships nothing");
    await close(talk);
  });

  test("unchanged content is not checked again", async () => {
    const talk = await open();
    writeFileSync(program, readFileSync(program));
    talk.type("?");
    await talk.sees("Each has an npm script too");
    expect(talk.text).not.toContain("Everybody who is greeted");
    await close(talk);
  });

  test("r runs the program on the open server, s lets it leave", async () => {
    writeFileSync(program, starter);
    const talk = await open();
    talk.type("r");
    await waitForClient(talk.port);
    talk.type("s");
    await talk.sees("ended");
    await close(talk);
  });

  test("x asks twice, keeps the text, and u brings it back", async () => {
    writeFileSync(join(root, "lessons/originals.sha256"), `${sha256(starter)}  lessons/01-greet/greeter.ts\n`);
    mkdirSync(join(root, ".workshop/originals"), { recursive: true });
    writeFileSync(join(root, ".workshop/originals", sha256(starter)), starter);
    const talk = await open();
    writeFileSync(program, "// what the learner typed\n");
    await talk.sees("q quit");
    talk.type("x");
    await talk.sees("x again does it");
    talk.type("x");
    await talk.sees("Laid again");
    expect(readFileSync(program, "utf8")).toBe(starter);
    talk.type("u");
    await talk.sees("Back:");
    expect(readFileSync(program, "utf8")).toBe("// what the learner typed\n");
    await close(talk);
  });

  test("where file events do not arrive it polls, and says so", async () => {
    writeFileSync(program, starter);
    const talk = new Talk(await freePlace(), { WORKSHOP_WATCH: "deaf" });
    await talk.sees("File events do not arrive here");
    await talk.sees("q quit");
    writeFileSync(program, solved);
    await talk.sees("Passed.");
    await close(talk);
  });

  test("Ctrl-C in the middle of a check leaves nothing behind", async () => {
    writeFileSync(program, starter);
    const talk = await open();
    writeFileSync(program, `${solved}\n// once more\n`);
    await talk.sees("Lesson 1");
    await close(talk);
    for (const run of readdirSync(join(root, ".workshop/run"))) expect(readdirSync(join(root, ".workshop/run", run)).filter((file) => file !== "flight.jsonl")).toEqual([]);
  });

  test("a second one says who has the workshop, and exits with 2", async () => {
    const talk = await open();
    const second = new Talk(talk.port + 1_000);
    await second.sees("already open");
    expect(await second.ended).toBe(2);
    await close(talk);
  });
});

/** A client is connected to the house: its program is there. */
async function waitForClient(port: number): Promise<void> {
  await expect.poll(async () => {
    const answer = await fetch(`http://127.0.0.1:${port + 4_000}/connz`).then((response) => response.json() as Promise<{ num_connections: number }>);
    return answer.num_connections;
  }, { timeout: 10_000 }).toBeGreaterThan(0);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
