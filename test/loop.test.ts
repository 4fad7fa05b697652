import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execFile } from "node:child_process";
import { createServer } from "node:net";
import { promisify } from "node:util";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { freePlace, Terminal } from "./fixtures/terminal.ts";

const repository = fileURLToPath(new URL("..", import.meta.url));
const toy = join(repository, "test", "toy");
// Not below the toy: its own tests begin by emptying that.
const root = join(repository, ".workshop", "test", "loop-room");
const program = join(root, "lessons/01-greet/greeter.ts");
const starter = readFileSync(join(toy, "lessons/01-greet/greeter.ts"), "utf8");
const solved = readFileSync(join(toy, "solutions/01-greet/greeter.ts"), "utf8");

const talks: Talk[] = [];
afterEach(() => {
  // A test that failed has not closed its conversation, and the next one wants the workshop.
  for (const talk of talks.splice(0)) talk.pty.kill("SIGKILL");
});

/** A conversation, on a place of its own. */
class Talk extends Terminal {
  readonly port: number;

  constructor(port: number, env: Record<string, string> = {}) {
    super(["scripts/start.ts", "--port", String(port)], { root, env });
    this.port = port;
    talks.push(this);
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

describe("npm start", { timeout: 240_000 }, () => {
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
    await talk.sees("Most have an npm script too");
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

  test("npm run goto takes the open workshop to the lesson's beginning, with an empty store", async () => {
    const talk = await open();
    const nc = await connect({ servers: `nats://127.0.0.1:${talk.port}`, reconnect: false });
    await (await jetstreamManager(nc)).streams.add({ name: "LEFT", subjects: ["left.>"] });
    await nc.close();
    const { VITEST: _vitest, ...env } = process.env;
    const went = await promisify(execFile)(process.execPath, ["--import", "tsx", "scripts/goto.ts", "1"], { cwd: repository, env: { ...env, WORKSHOP_ROOT: root, NO_COLOR: "1" } });
    expect(went.stdout).toContain("The workshop that is open has gone there.");
    await talk.sees("Ship to everybody who is greeted.");
    const again = await connect({ servers: `nats://127.0.0.1:${talk.port}`, reconnect: false });
    expect(await (await jetstreamManager(again)).streams.names().next()).toEqual([]);
    await again.close();
    await close(talk);
  });

  test("what is said fits the terminal, also after a resize", async () => {
    const talk = await open();
    talk.pty.resize(50, 30);
    writeFileSync(program, starter);
    writeFileSync(program, `${starter}\n// for a narrow screen\n`);
    await talk.sees("ships nothing");
    const seen = await talk.sees("q quit");
    talk.type("?");
    const help = await talk.sees("npm script too");
    for (const line of `${seen}${help}`.split(/\r?\n/)) expect(line.length, line).toBeLessThanOrEqual(50);
    await close(talk);
  });

  test("r gives a program that serves HTTP another port where 8080 is taken, and says so", async () => {
    const other = createServer().listen(8080, "127.0.0.1").on("error", () => {});
    const lesson = join(root, "lessons/01-greet/lesson.ts");
    const was = readFileSync(lesson, "utf8");
    try {
      writeFileSync(lesson, was.replace('kind: "service",', 'kind: "service", port: true,'));
      writeFileSync(program, "console.log(`serves on ${process.env.PORT}`);\nsetInterval(() => {}, 1e6);\n");
      const talk = await open();
      talk.type("r");
      await talk.sees("port 8080 is taken");
      await talk.sees("serves on 80");
      await close(talk);
    } finally {
      writeFileSync(lesson, was);
      other.close();
    }
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
  }, { timeout: 60_000 }).toBeGreaterThan(0);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
