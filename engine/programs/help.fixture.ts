/** What the tests of this room share: a lesson folder that is written on the spot, and a record to look at. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { repositoryRoot } from "#engine/files/root.ts";
import type { NewEvent } from "#engine/record/events.ts";
import { startProgram, type Program, type ProgramSpec } from "./start.ts";

/** A folder with a space and an umlaut in its path, inside the repository so that bundles find its packages. */
export class Workbench implements AsyncDisposable {
  readonly path: string;
  readonly events: NewEvent[] = [];
  #count = 0;

  constructor(path: string) {
    this.path = path;
  }

  get record(): ProgramSpec["record"] {
    return { now: () => performance.now(), add: (event) => this.events.push(event) };
  }

  /** Writes files by their path in the folder. Returns the folder of the first. */
  async write(files: Record<string, string>): Promise<string> {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(this.path, name)), { recursive: true });
      await writeFile(join(this.path, name), text);
    }
    return dirname(join(this.path, Object.keys(files)[0]!));
  }

  /** Starts one program written on the spot. */
  async start(source: string, more: Partial<ProgramSpec> = {}): Promise<Program> {
    const name = more.name ?? `program${++this.#count}`;
    const dir = await this.write({ [`lesson/${more.file ?? `${name.replace(/#.*/, "")}.ts`}`]: source });
    return startProgram({ name, life: 1, dir, lookIn: [dir], env: {}, record: this.record, work: join(this.path, "work"), ...more });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

/** Opens a workbench. */
export async function workbench(): Promise<Workbench> {
  const parent = join(repositoryRoot, ".workshop", "test");
  await mkdir(parent, { recursive: true });
  return new Workbench(await mkdtemp(join(parent, "mit Umläut ")));
}

/** Waits for the end and returns what was printed on standard output. */
export async function printed(program: Program): Promise<string> {
  await program.exited;
  return program.output.text("out");
}
