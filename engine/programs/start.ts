import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgsStringToArgv } from "string-argv";
import { workshopRoot } from "#engine/files/root.ts";
import { spawnGroup, type Exit, type GroupOptions, type ProcessGroup } from "#engine/process/group.ts";
import { LIMITS, type Limits } from "#engine/process/limits.ts";
import { RUN_TAG, type Reaper } from "#engine/process/reaper.ts";
import type { NewEvent } from "#engine/record/events.ts";
import { bundle } from "./bundle.ts";
import { PROGRAM_TAG, programEnv } from "./env.ts";
import { NODE } from "./node.ts";
import { baseName } from "./overlay.ts";
import type { WarmPool } from "./pool.ts";

/** What is to be started, and in what surroundings. */
export interface ProgramSpec {
  /** `worker`, or `worker#2` where there are copies. */
  name: string;
  /** 1 for the first process of that name. */
  life: number;
  /** The program to bundle: base name, file name or absolute path. The name's part before `#` when absent. */
  file?: string;
  /** A `--run` command: started as it is, not bundled. */
  run?: string;
  /** What `{program}` stands for in `run`; the base name of `file` or `name` when absent. */
  program?: string;
  /** The folder that `{dir}` stands for in `run`. */
  dir: string;
  /** The folders that make up the lesson, first come first. */
  lookIn: string[];
  args?: string[];
  /** The program is only imported, and its exports are written into this file as JSON. Absolute; not for `run`. */
  exportsTo?: string;
  /** The contract's variables; `programEnv` adds the rest. */
  env: Record<string, string>;
  /** Where start, signal and exit are noted, and whose clock the output lines carry. */
  record: { now(): number; add(event: NewEvent): unknown };
  reaper?: Reaper;
  /** The limits of a check when absent; `NO_LIMITS` lifts them. */
  limits?: Limits;
  /** The folder for bundles, inside the repository. */
  work: string;
  /** Gives a waiting process when it has one; never for `run`. */
  pool?: WarmPool;
  /** The current directory of the program and the root of `#world`; the workshop's root when absent. */
  root?: string;
}

/** A learner's program, running or ended. */
export interface Program extends ProcessGroup {
  readonly life: number;
  /** `record.now()` when it was started. */
  readonly startedAt: number;
  /** The path of the bundle, or the words of the command. */
  readonly command: readonly string[];
}

/**
 * Starts a program as a process of its own and notes start, signals and exit in the record. It does not wait for
 * readiness. Throws `MissingProgram`, `DoesNotParse`, or a `Refusal` when a `--run` command cannot be started.
 */
export async function startProgram(spec: ProgramSpec): Promise<Program> {
  const options = groupOptions(spec);
  const { group, command } = spec.run ? startCommand(spec, options) : await startBundle(spec, options);
  const startedAt = spec.record.now();
  spec.record.add({ kind: "start", program: spec.name, life: spec.life, note: spec.run ? command.join(" ") : programOf(spec) });
  void group.exited.then((exit) => spec.record.add({ kind: "exit", program: spec.name, life: spec.life, note: exitNote(exit) }));
  return Object.assign(noted(group, spec), { life: spec.life, startedAt, command });
}

/** The note of an exit event: `code 1`, `SIGKILL`, `limit output`. */
function exitNote(exit: Exit): string {
  if (exit.limit) return `limit ${exit.limit}`;
  return exit.signal ?? `code ${exit.code}`;
}

const EXPORTS = fileURLToPath(new URL("./exports.mjs", import.meta.url));

interface Started {
  group: ProcessGroup;
  command: string[];
}

function groupOptions(spec: ProgramSpec): GroupOptions {
  return {
    cwd: spec.root ?? workshopRoot(),
    env: programEnv({ ...tags(spec), ...spec.env }),
    name: spec.name,
    limits: spec.limits ?? LIMITS,
    now: () => spec.record.now(),
    tag: PROGRAM_TAG,
    ...(spec.reaper ? { reaper: spec.reaper } : {}),
  };
}

// One run may start two processes of one name and life at most one after the other; two runs may do so at once.
function tags({ name, life, reaper }: ProgramSpec): Record<string, string> {
  const run = reaper?.run ?? String(process.pid);
  return { [RUN_TAG]: run, [PROGRAM_TAG]: `${run}/${name}/${life}` };
}

function startCommand(spec: ProgramSpec, options: GroupOptions): Started {
  const program = spec.program ?? programOf(spec);
  const words = parseArgsStringToArgv(spec.run!).map((word) => word.replaceAll("{program}", program).replaceAll("{dir}", resolve(spec.dir)));
  const command = [...withoutNpx(words, options.cwd), ...(spec.args ?? [])];
  return { group: spawnGroup(command, options), command };
}

// npx dies of SIGTERM and passes it to nobody, so that a program under it could never end in order. tsx passes it on.
function withoutNpx(words: string[], root: string): string[] {
  if (words[0] !== "npx" || !words[1]) return words;
  const local = join(root, "node_modules/.bin", words[1]);
  return existsSync(local) ? [local, ...words.slice(2)] : words;
}

async function startBundle(spec: ProgramSpec, options: GroupOptions): Promise<Started> {
  const bundled = await bundle({ file: spec.file ?? programOf(spec), lookIn: spec.lookIn, out: spec.work, ...(spec.root ? { root: spec.root } : {}) });
  const [path, args] = spec.exportsTo ? [EXPORTS, [bundled, spec.exportsTo]] : [bundled, spec.args ?? []];
  const waiting = await poolFor(spec)?.take({ bundle: path, args, env: options.env, cwd: options.cwd, ...(spec.reaper ? { reaper: spec.reaper } : {}) });
  const command = [...NODE, path, ...args];
  return { group: spawnGroup(command, waiting ? { ...options, adopt: waiting } : options), command };
}

// Waiting processes have the file limit of a check already, and nobody can raise it.
function poolFor({ pool, limits }: ProgramSpec): WarmPool | undefined {
  return (limits ?? LIMITS).fileBytes === LIMITS.fileBytes ? pool : undefined;
}

/** `worker` for the file `worker.ts` and for the name `worker#2`. */
function programOf({ file, name }: ProgramSpec): string {
  return baseName(file ?? name.replace(/#\d+$/, ""));
}

function noted(group: ProcessGroup, { record, name, life }: ProgramSpec): ProcessGroup {
  const signal = group.signal.bind(group);
  group.signal = (what) => {
    if (!signal(what)) return false;
    record.add({ kind: "signal", program: name, life, note: what });
    return true;
  };
  return group;
}
