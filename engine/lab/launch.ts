import { existsSync, readdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { extname, join, parse, relative, resolve, sep } from "node:path";
import { Refusal } from "#engine/files/refusal.ts";
import { DoesNotParse } from "#engine/programs/bundle.ts";
import { startProgram, type ProgramSpec } from "#engine/programs/start.ts";
import type { NatsServer } from "#engine/server/start.ts";
import { LIMITS, type Limits } from "#engine/process/limits.ts";
import type { Identity } from "#engine/record/events.ts";
import { crowding } from "./clock.ts";
import { Handle, type DoorTo } from "./handle.ts";
import { addressOf, freePort } from "./address.ts";
import type { Lab } from "./lab.ts";
import type { StartOptions } from "./options.ts";
import { waitUntilReady } from "./ready.ts";
import { connectionsAt } from "./servers.ts";
import { ProgramFailure } from "./words.ts";

/** Which program to start, as whom, and how. */
export interface LaunchOptions extends StartOptions {
  role: string;
  name?: string;
  life?: number;
  /** A file for its exports: the program is imported and not run. */
  exportsTo?: string;
}

const SOURCE = [".ts", ".mts", ".js", ".mjs"];

/** Starts one life of one copy: finds its file, gives it a tap port and a world path of its own, waits until it is ready. */
export async function launch(lab: Lab, options: LaunchOptions): Promise<Handle> {
  const def = lab.lesson.programs[options.role];
  if (!def) throw new Error(`Cannot start "${options.role}": lesson ${lab.lesson.id} has ${Object.keys(lab.lesson.programs).join(", ")}`);
  const name = options.name ?? lab.nextName(options.role);
  const life = options.life ?? 1;
  const place = findProgram(lab, options.role);
  const env = { ...def.env, ...(def.port ? { PORT: String(await freePort()) } : {}), ...options.env };
  const before = lab.tap ? new Set<string>() : await connectionsNow(lab);
  const doors = await doorsFor(lab, { program: name, life }, options.reaches);
  const spec = { name, life, role: options.role, place, env: { NATS_URL: natsUrl(lab, doors), ...env }, args: options.args ?? [], ...(options.exportsTo ? { exportsTo: options.exportsTo } : {}) };
  const program = await startProgram(await specOf(lab, spec)).catch((error: unknown) => { throw asFailure(lab, place, error); });
  if (lab.closed) {
    await program[Symbol.asyncDispose]();
    throw new Error(`Cannot start ${name} as the lab is closed`);
  }
  const handle = new Handle({ lab, role: options.role, def, program, env, before, doors, ...(place.file ? { file: place.shown } : {}) });
  lab.handles.push(handle);
  if (def.kind === "service" && options.wait !== false) await waitUntilReady(lab, handle);
  return handle;
}

interface Place {
  /** Absent when the program is started by `--run`. */
  file?: string;
  /** As a person reads it, relative to the repository. */
  shown: string;
  /** The folder it was found in. */
  dir: string;
  run?: string;
}

/** `--from DIR`: DIR's own program, else the solution's. Without it: the lesson's own, and nothing else. */
function findProgram(lab: Lab, role: string): Place {
  const { from, run } = lab.options;
  const dir = from ?? lab.lesson.folder;
  const own = programIn(dir, role, run !== undefined);
  if (own) return { ...(run ? { run } : { file: own }), shown: relative(lab.lesson.root, own), dir };
  if (!from) throw missing(relative(lab.lesson.root, join(dir, `${role}.ts`)));
  const solution = join(lab.lesson.solution, `${role}.ts`);
  return { file: solution, shown: relative(lab.lesson.root, solution), dir: lab.lesson.solution };
}

/** A file in `dir` whose base name is the program's; any ending counts when a command starts it. */
function programIn(dir: string, role: string, anyEnding: boolean): string | undefined {
  if (!existsSync(dir)) return undefined;
  const files = readdirSync(dir).filter((file) => parse(file).name === role && (anyEnding ? extname(file) !== ".json" : SOURCE.includes(extname(file))));
  const file = files.sort((a, b) => SOURCE.indexOf(extname(a)) - SOURCE.indexOf(extname(b)))[0];
  return file === undefined ? undefined : join(dir, file);
}

interface Wanted {
  name: string;
  life: number;
  role: string;
  place: Place;
  env: Record<string, string>;
  args: string[];
  exportsTo?: string;
}

async function specOf(lab: Lab, wanted: Wanted): Promise<ProgramSpec> {
  const { name, life, place } = wanted;
  const work = join(lab.folder, "programs");
  await mkdir(work, { recursive: true });
  return {
    name, life, work,
    ...(place.run ? { run: place.run, program: wanted.role } : { file: place.file as string }),
    dir: place.dir,
    lookIn: lab.options.from ? [lab.options.from, lab.lesson.solution, lab.lesson.folder] : [lab.lesson.folder],
    args: wanted.args,
    ...(wanted.exportsTo ? { exportsTo: wanted.exportsTo } : {}),
    env: { WORLD_URL: lab.world.door({ program: name, life }), ...wanted.env },
    record: lab.record,
    reaper: lab.reaper,
    limits: limitsOf(lab),
    ...(lab.options.pool ? { pool: lab.options.pool } : {}),
  };
}

/** One door of the tap for each server; with `reaches` all of them lead to that one for now. */
async function doorsFor(lab: Lab, as: Identity, reaches?: NatsServer): Promise<DoorTo[]> {
  const { tap } = lab;
  if (!tap) return [];
  const leading = lab.servers.map((server) => reaches ?? server);
  return Promise.all(leading.map(async (server) => ({ server, door: await tap.door({ to: addressOf(server), as }) })));
}

/** A cluster takes an election or two while its programs wait, and on a busy machine that is a minute. */
function limitsOf(lab: Lab): Limits {
  if (lab.options.noLimits) return { ...LIMITS, wallMs: Infinity };
  return { ...LIMITS, wallMs: LIMITS.wallMs * crowding() * (lab.cluster ? 5 : 1) };
}

function natsUrl(lab: Lab, doors: DoorTo[]): string {
  const addresses = lab.tap ? doors.map(({ door }) => door.url) : lab.servers.map(({ url }) => url);
  return addresses.join(",");
}

async function connectionsNow(lab: Lab): Promise<Set<string>> {
  return new Set((await connectionsAt(lab.servers))?.map(({ server, cid }) => `${server}:${cid}`));
}

function missing(file: string): ProgramFailure {
  const text = `There is no ${file}. If it was moved or deleted by accident, \`npm run reset\` lays the starter again and keeps a copy of what is there now.`;
  return new ProgramFailure("missing-program", { text, file, unmet: { expected: `a program ${file}`, seen: "there is no such file" } });
}

/** Whether a file lies among those a learner works on here. An error without a place is taken for one of theirs. */
function isTheirs(lab: Lab, file: string): boolean {
  const path = resolve(lab.lesson.root, file);
  const folders = [lab.options.from, lab.lesson.folder, lab.lesson.solution].filter((folder) => folder !== undefined);
  return file === "" || folders.some((folder) => path.startsWith(`${resolve(folder)}${sep}`));
}

function asFailure(lab: Lab, place: Place, error: unknown): unknown {
  if (!(error instanceof DoesNotParse)) return error;
  const at = `${error.file}:${error.line}`;
  if (!isTheirs(lab, error.file)) return new Refusal(`Cannot start ${place.shown}: ${at}, a file of the workshop and not of this lesson, cannot be read: ${error.text}`, "git status");
  return new ProgramFailure("does-not-parse", { text: `${error.text}\n${error.excerpt}`, file: at, unmet: { expected: `${place.shown} to be TypeScript that can be read`, seen: `${error.text} (${at})` } });
}
