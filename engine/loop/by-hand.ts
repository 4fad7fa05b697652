import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Refusal } from "#engine/files/refusal.ts";
import type { House } from "#engine/house/house.ts";
import type { Lesson } from "#engine/lessons/catalogue.ts";
import { DoesNotParse, MissingProgram } from "#engine/programs/bundle.ts";
import { startProgram, type Program } from "#engine/programs/start.ts";
import { NO_LIMITS } from "#engine/process/limits.ts";
import { isFree, nextFree, whoHas } from "#engine/server/ports.ts";

/** The port of the contract's programs that serve HTTP. */
const USUAL_PORT = 8080;

/** The program that makes what the others need. */
const SETUP = "setup";
const SETUP_MS = 5_000;

/** Called with each line a program prints, and with a line when it ends. */
export type OnLine = (program: string, text: string) => void;

/** The programs a learner runs by hand from the conversation, on the open house. */
export class ByHand implements AsyncDisposable {
  readonly #house: House;
  readonly #onLine: OnLine;
  #running: Program[] = [];
  #started = 0;

  constructor(house: House, onLine: OnLine) {
    this.#house = house;
    this.#onLine = onLine;
  }

  /** Names of the programs that run now. */
  get names(): string[] {
    return this.#running.filter((program) => !program.exit).map((program) => program.name);
  }

  /**
   * Starts a lesson's programs: first `setup`, to its end; then services, and then the others. Where a program may have
   * copies, `copies` of it. Where setup fails, nothing else is started.
   * Throws a `Refusal` when one cannot be read, or when the lesson needs a cluster: the house has one server.
   */
  async start(lesson: Lesson, copies: number): Promise<void> {
    if (lesson.needs?.cluster) throw new Refusal("Its programs need three servers, and here is one. Start three in another terminal, export the NATS_URL that they print, and run the programs as the README says.", "npm run cluster");
    if (lesson.programs[SETUP] && !(await this.#isSetUp(lesson))) return this.#onLine(SETUP, "(so nothing else is started)");
    const roles = Object.entries(lesson.programs).filter(([role]) => role !== SETUP).toSorted(([, a], [, b]) => Number(a.kind === "once") - Number(b.kind === "once"));
    const services: string[] = [];
    for (const [role, def] of roles) {
      if (def.kind === "once") await this.#listening(services.splice(0));
      if (def.kind === "service" && !def.copies && this.names.includes(role)) {
        this.#onLine(role, "(runs already; s stops it)");
        continue;
      }
      const count = def.copies ? copies : 1;
      for (let copy = 1; copy <= count; copy++) {
        const name = count > 1 ? `${role}#${++this.#started}` : role;
        await this.#one(lesson, role, name);
        services.push(name);
      }
    }
  }

  /** SIGTERM to all of them, as Ctrl-C would be; they may take their time to leave. */
  stop(): void {
    for (const program of this.#running) if (!program.exit) program.signal("SIGTERM");
  }

  /** SIGKILL to one of them and all it has started; false where no such program runs. */
  crash(name: string): boolean {
    const program = this.#running.find((one) => one.name === name && !one.exit);
    program?.signal("SIGKILL");
    return program !== undefined;
  }

  /** Runs setup. False where it has ended with an error; one that goes on after 5 s is waited for no longer. */
  async #isSetUp(lesson: Lesson): Promise<boolean> {
    const setup = await this.#one(lesson, SETUP, SETUP);
    const exit = await Promise.race([setup.exited, sleep(SETUP_MS, undefined, { ref: false })]);
    return !exit || exit.code === 0;
  }

  async #one(lesson: Lesson, role: string, name: string): Promise<Program> {
    const work = join(this.#house.folder, "programs");
    mkdirSync(work, { recursive: true });
    const port = lesson.programs[role]?.port ? await this.#portFor(name) : {};
    const door = await this.#house.tap.door({ to: this.#house.address, as: { program: name, life: 1 } });
    const program = await startProgram({
      name, life: 1, file: role, dir: lesson.folder, lookIn: [lesson.folder], work, record: this.#house.record, limits: NO_LIMITS, reaper: this.#house.reaper,
      env: { NATS_URL: door.url, WORLD_URL: this.#house.world.door({ program: name, life: 1 }), ...port },
    }).catch((error: unknown) => { throw asRefusal(error); });
    this.#onLine(name, "(started)");
    program.output.onLine(({ text }) => this.#onLine(name, text));
    void program.exited.then(({ code, signal }) => {
      this.#onLine(name, signal ? `(ended by ${signal})` : `(ended with exit code ${code})`);
      return door[Symbol.asyncDispose]();
    });
    this.#running = [...this.#running.filter(({ exit }) => !exit), program];
    return program;
  }

  /**
   * Waits until the server lists a subscription of each service that still runs, 5 s at most: what a program publishes
   * before that, nobody hears. One that subscribes to nothing is not worth a longer wait.
   */
  async #listening(services: readonly string[]): Promise<void> {
    for (const deadline = Date.now() + 5_000; services.length > 0 && Date.now() < deadline; await sleep(20)) {
      const { connections } = await this.#house.server.get<{ connections: { cid: number; subscriptions_list?: string[] }[] }>("/connz?subs=1");
      const links = this.#house.tap.links();
      const listens = (name: string) => links.some((link) => link.program === name && connections.some(({ cid, subscriptions_list = [] }) => cid === link.connection && subscriptions_list.some((subject) => !subject.startsWith("_INBOX"))));
      if (this.names.filter((name) => services.includes(name)).every(listens)) return;
    }
  }

  /** `PORT` for a program that serves HTTP, where its usual port is taken; it says who has that. */
  async #portFor(name: string): Promise<Record<string, string>> {
    if (await isFree(USUAL_PORT)) return {};
    const [holder, port] = await Promise.all([whoHas(USUAL_PORT), nextFree(USUAL_PORT + 1)]);
    this.#onLine(name, `(port ${USUAL_PORT} is taken by ${holder?.command ?? "another program"}; here it gets PORT=${port})`);
    return { PORT: String(port) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#running.map((program) => program[Symbol.asyncDispose]()));
  }
}

function asRefusal(error: unknown): unknown {
  if (error instanceof DoesNotParse) return new Refusal(`Cannot run ${error.file}:${error.line}: ${error.text}\n${error.excerpt}`, "mend it and save");
  if (error instanceof MissingProgram) return new Refusal(error.message, "npm run reset");
  return error;
}
