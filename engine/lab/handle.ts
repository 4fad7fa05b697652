import type { FlightEvent } from "#engine/record/events.ts";
import type { LedgerLine } from "#engine/world/ledger.ts";
import type { NatsServer } from "#engine/server/start.ts";
import type { Door } from "#engine/tap/tap.ts";
import type { Program } from "#engine/programs/start.ts";
import type { ProgramDef } from "#engine/lessons/define.ts";
import type { ProgramEnd, ProgramEvidence } from "#engine/lessons/evidence.ts";
import type { Lab } from "./lab.ts";
import { NotYet } from "./words.ts";

/** A program's own port of the tap, and the server it leads to. */
export interface DoorTo {
  door: Door;
  server: NatsServer;
}

/** What a handle is made from. */
export interface HandleParts {
  lab: Lab;
  role: string;
  def: ProgramDef;
  program: Program;
  env: Record<string, string>;
  /** Connections that were there before it (`port:cid`), where there is no tap to tell its own. */
  before?: Set<string>;
  doors?: readonly DoorTo[];
  file?: string;
}

/** What the server and the program need to notice that a pull request is over. */
const PULL_SLACK_MS = 500;

/** One life of one copy of a learner's program, as a check holds it. */
export class Handle {
  readonly role: string;
  readonly def: ProgramDef;
  readonly program: Program;
  /** The contract's variables it was started with. */
  readonly env: Record<string, string>;
  readonly file: string | undefined;
  readonly knownBefore: ReadonlySet<string>;
  /** Its ports of the tap, one for each server, in the order of `NATS_URL`; none without a tap. */
  readonly doors: readonly DoorTo[];
  readonly #lab: Lab;

  constructor(parts: HandleParts) {
    this.#lab = parts.lab;
    this.role = parts.role;
    this.def = parts.def;
    this.program = parts.program;
    this.env = parts.env;
    this.knownBefore = parts.before ?? new Set();
    this.doors = parts.doors ?? [];
    this.file = parts.file;
  }

  /** `worker`, or `worker#2` where there are copies. */
  get name(): string {
    return this.program.name;
  }

  get life(): number {
    return this.program.life;
  }

  get pid(): number {
    return this.program.pid;
  }

  get running(): boolean {
    return this.program.exit === undefined;
  }

  /** The port it was given to serve on, where its contract has one. */
  get port(): number {
    return Number(this.env.PORT);
  }

  /**
   * Has each address lead to a server of its own, where all led to one by `reaches`: the address that the program has
   * dialled last stays with that one, so that its connection is where the address says.
   */
  reachAll(): void {
    const [used, ...spare] = [...this.doors].sort((a, b) => (b.door.lastDial ?? -1) - (a.door.lastDial ?? -1));
    const others = this.#lab.servers.filter((server) => server !== used?.server);
    for (const [index, entry] of spare.entries()) {
      entry.server = others[index] ?? entry.server;
      entry.door.leadTo({ host: entry.server.host, port: entry.server.port });
    }
  }

  /** SIGTERM and SIGINT reach the program itself, SIGKILL, SIGSTOP and SIGCONT its whole group. */
  signal(name: NodeJS.Signals): void {
    this.program.signal(name);
  }

  /** Waits for its end. Throws `NotYet` when it is still there after `within` milliseconds (10,000, times patience),
   * or, with `idle`, as soon as nothing has moved for that long. */
  async exited(options: { within?: number; idle?: number } = {}): Promise<ProgramEnd> {
    const within = options.within ?? 10_000;
    await this.#lab.until(() => !this.running, {
      within,
      ...(options.idle ? { idle: this.idleFor(options.idle, within) } : { evenIfQuiet: true }),
      expected: `${this.name} to end within ${within / 1000} s`,
      seen: () => `${this.name} is still running`,
      timeline: () => this.events().slice(-4),
    });
    return this.program.exit as ProgramEnd;
  }

  /**
   * How long nothing may move before it is said to be idle, in milliseconds: `idle`, or what its last pull request may
   * keep it waiting for nothing, if that is longer and shorter than `within`. A loop over `next()` looks up only then.
   */
  idleFor(idle: number, within: number): number {
    const expires = this.events({ kind: "pull" }).at(-1)?.expires ?? 0;
    return expires < within ? Math.max(idle, expires + PULL_SLACK_MS) : idle;
  }

  /** Waits like `exited`, and answers undefined where that throws: it is still there, and the check has more to say about it. */
  async ended(options: { within?: number; idle?: number } = {}): Promise<ProgramEnd | undefined> {
    return this.exited(options).catch((error: unknown) => {
      if (!(error instanceof NotYet)) throw error;
      return undefined;
    });
  }

  /** Its events in the flight record, this life only, oldest first. */
  events(match: Partial<FlightEvent> = {}): FlightEvent[] {
    return this.#lab.record.where({ ...match, program: this.name, life: this.life });
  }

  /** Its calls to the world, this life only. */
  calls(): LedgerLine[] {
    return this.#lab.world.ledger.filter((line) => line.program === this.name && line.life === this.life);
  }

  /** The lines it printed, standard output and standard error together. */
  printed(): string[] {
    return this.program.output.lines.map((line) => line.text);
  }

  /** Throws unless it ended with this exit code. */
  mustExitWith(code: number, why: string): void {
    const exit = this.program.exit;
    if (exit && exit.code === code) return;
    const how = exit ? (exit.signal ? `was ended by ${exit.signal}` : `ended with exit code ${exit.code}`) : "is still running";
    throw new NotYet({ expected: `${this.name} to end with exit code ${code}: ${why}`, seen: `${this.name} ${how}`, timeline: this.events().slice(-3) });
  }

  evidence(): ProgramEvidence {
    const exit = this.program.exit;
    return {
      role: this.role,
      name: this.name,
      life: this.life,
      ...(this.file ? { file: this.file } : {}),
      ...(exit ? { exit: { code: exit.code, signal: exit.signal, ...(exit.limit ? { limit: exit.limit } : {}) } } : {}),
      output: this.printed().slice(-20),
    };
  }
}
