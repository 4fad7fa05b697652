import { mkdir } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { Refusal } from "#engine/files/refusal.ts";
import { workshopRoot } from "#engine/files/root.ts";
import { findLesson, type Lesson } from "#engine/lessons/catalogue.ts";
import { NO_LIMITS } from "#engine/process/limits.ts";
import { openReaper, type Reaper } from "#engine/process/reaper.ts";
import { explainExit, firstError } from "#engine/programs/explain.ts";
import { startProgram, type Program } from "#engine/programs/start.ts";
import { nextFree } from "#engine/server/ports.ts";
import type { Place } from "./place.ts";

/** The programs, in the order in which an order meets them. */
export const ROLES = ["orders-api", "payments", "fulfilment"] as const;
export type Role = (typeof ROLES)[number];

/** The shop's programs while they run. Disposing kills what is left of them. */
export interface Services extends AsyncDisposable {
  programs: { role: Role; program: Program }[];
  /** Where customers send their orders: one address for each copy of orders-api. */
  addresses: string[];
  /** Settles when a role has no copy left, though nobody asked it to leave. */
  broken: Promise<void>;
  /** Asks all to leave, in the order of an order's way, so that what is on its way is finished. Waits for their ends. */
  leave(): Promise<void>;
}

const READY_MS = 20_000;
const LEAVE_MS = 10_000;
const FIRST_PORT = 8080;

/** Starts `copies` of each program of the solution and waits until each of them listens. Throws a `Refusal` if one does not. */
export async function openServices({ place, copies }: { place: Place; copies: number }): Promise<Services> {
  const lesson = await findLesson("6");
  const folder = join(workshopRoot(), ".workshop", "run", `shop-${Date.now().toString(36)}-${process.pid}`);
  await mkdir(folder, { recursive: true });
  const reaper = await openReaper({ folder });
  const before = await listening(place);
  const programs: Services["programs"] = [];
  const ports: number[] = [];
  for (let copy = 1; copy <= copies; copy++) ports.push(await nextFree((ports.at(-1) ?? FIRST_PORT - 1) + 1));
  for (const role of ROLES) {
    for (const [index, port] of ports.entries()) {
      const name = `${role}#${index + 1}`;
      programs.push({ role, program: await start({ name, role, port, place, lesson, reaper, folder }) });
    }
  }
  const services = new RunningServices(programs, ports, reaper);
  await services.listen(place, before).catch(async (error: unknown) => {
    await services[Symbol.asyncDispose]();
    throw error;
  });
  return services;
}

interface Start {
  name: string;
  role: Role;
  port: number;
  place: Place;
  lesson: Lesson;
  reaper: Reaper;
  folder: string;
}

function start({ name, role, port, place, lesson, reaper, folder }: Start): Promise<Program> {
  return startProgram({
    name, reaper, life: 1, file: role, dir: lesson.solution, lookIn: [lesson.solution], work: join(folder, "programs"), limits: NO_LIMITS,
    record: { now: () => performance.now(), add: () => {} },
    env: { NATS_URL: place.natsUrl, WORLD_URL: place.worldUrl({ program: name, life: 1 }), ...(role === "orders-api" ? { PORT: String(port) } : {}) },
  });
}

class RunningServices implements Services {
  readonly programs: Services["programs"];
  readonly addresses: string[];
  readonly broken: Promise<void>;
  readonly #ports: number[];
  readonly #reaper: Reaper;

  constructor(programs: Services["programs"], ports: number[], reaper: Reaper) {
    this.programs = programs;
    this.addresses = ports.map((port) => `http://127.0.0.1:${port}/orders`);
    this.broken = Promise.race(ROLES.map((role) => Promise.all(this.#of(role).map((program) => program.exited)).then(() => {})));
    this.#ports = ports;
    this.#reaper = reaper;
  }

  async leave(): Promise<void> {
    for (const role of ROLES) {
      const leaving = this.#of(role);
      for (const program of leaving) program.signal("SIGTERM");
      await Promise.race([Promise.all(leaving.map((program) => program.exited)), after(LEAVE_MS)]);
    }
  }

  /** An order that nobody hears is lost, so nobody may order before all are there. */
  async listen(place: Place, before: number): Promise<void> {
    const deadline = performance.now() + READY_MS;
    const wanted = before + this.programs.length - this.#ports.length;
    for (;;) {
      const ended = this.programs.find(({ program }) => program.exit);
      if (ended) throw notOpened(firstError(ended.program)?.text ?? explainExit(ended.program), place);
      const open = await Promise.all(this.#ports.map(accepts));
      if (open.every(Boolean) && (!place.monitor || (await listening(place)) >= wanted)) return;
      if (performance.now() > deadline) throw notOpened(`its programs are not ready after ${READY_MS / 1000} s`, place);
      await after(50);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.programs.map(({ program }) => program[Symbol.asyncDispose]()));
    await this.#reaper[Symbol.asyncDispose]();
  }

  #of(role: Role): Program[] {
    return this.programs.filter((one) => one.role === role).map(({ program }) => program);
  }
}

/** How many connections listen as payments or fulfilment, whoever has started them. 0 where nobody can be asked. */
async function listening({ monitor }: Place): Promise<number> {
  if (!monitor) return 0;
  const connz = (await fetch(`${monitor}/connz`).then((response) => response.json())) as { connections: { name?: string; subscriptions: number }[] };
  return connz.connections.filter(({ name = "", subscriptions }) => /^(payments|fulfilment)$/.test(name) && subscriptions > 0).length;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

function notOpened(why: string, { natsUrl }: Place): Refusal {
  return new Refusal(`Cannot open the shop on ${natsUrl}: ${why}.`, "npm start");
}
