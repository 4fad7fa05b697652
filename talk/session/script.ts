import { existsSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { backUp } from "#engine/files/backups.ts";
import { writeSafely } from "#engine/files/write.ts";
import type { Files } from "../text/states.ts";
import { mergeStep } from "./merge.ts";

/** What a step did to one file. Texts; undefined where there was no file. */
interface Laid {
  path: string;
  before?: string | undefined;
  /** The text that had been laid before this step; undefined when none had. */
  base?: string | undefined;
}

/** One step in the journal, newest last. */
interface Entry {
  step: string;
  laid: Laid[];
}

/** What is kept of the presenter's files between two starts of the program. */
export interface ScriptData {
  /** The files as they were before the talk; null where there was none. */
  first: Record<string, string | null>;
  /** What was laid last. */
  base: Record<string, string>;
  journal: Entry[];
}

/** What the desk says about a step that was laid. */
export interface LaidStep {
  /** Paths of files that changed, relative to the root. */
  changed: string[];
  /** Edits on lines that the step needed: the step's text stands. */
  replaced: { path: string; text: string }[];
  /** Where the presenter's text is kept, relative to the root; absent when nothing was replaced. */
  kept?: string;
}

/** The presenter's files: steps are merged into them, and can be taken back. Nothing that was typed is lost. */
export class Script {
  readonly #root: string;
  #data: ScriptData;

  constructor(root: string, data: ScriptData = { first: {}, base: {}, journal: [] }) {
    this.#root = root;
    this.#data = data;
  }

  get data(): ScriptData {
    return this.#data;
  }

  /** A file as it is now; undefined when there is none. */
  read(path: string): string | undefined {
    const full = join(this.#root, path);
    return existsSync(full) ? readFileSync(full, "utf8") : undefined;
  }

  /** What the files would be with these of a step merged into them. */
  plan(files: Files): { path: string; mine: string | undefined; text: string; replaced: string[] }[] {
    return [...files].map(([path, step]) => {
      const mine = this.read(path);
      const base = this.#data.base[path];
      if (mine === undefined || base === undefined) return { path, mine, text: step, replaced: [] };
      return { path, mine, ...mergeStep({ mine, base, step }) };
    });
  }

  /** Merges a step's files into the presenter's. */
  async lay(step: string, files: Files): Promise<LaidStep> {
    const plan = this.plan(files);
    const changed = plan.filter(({ mine, text }) => mine !== text);
    const replaced = plan.flatMap(({ path, replaced }) => replaced.map((text) => ({ path, text })));
    const foreign = changed.filter(({ path, mine }) => mine !== undefined && this.#data.base[path] === undefined).map(({ path }) => path);
    const lost = [...new Set([...foreign, ...replaced.map(({ path }) => path)])];
    const backup = await backUp(lost.map((path) => join(this.#root, path)), `talk-${step}`, this.#root);
    this.#note(step, plan);
    for (const { path, text } of changed) await writeSafely(join(this.#root, path), text);
    for (const [path, text] of files) this.#data.base[path] = text;
    return { changed: changed.map(({ path }) => path), replaced, ...(backup ? { kept: backup.folder.slice(this.#root.length + 1) } : {}) };
  }

  /** Writes the text of one file on the way to a step, for a step that is shown line by line. */
  async write(path: string, text: string): Promise<void> {
    await writeSafely(join(this.#root, path), text);
  }

  /** Lays the step's own text whatever is in the files: the known-good state. What was there is kept. */
  async force(step: string, files: Files): Promise<string | undefined> {
    const differ = [...files].filter(([path, text]) => this.read(path) !== text).map(([path]) => path);
    const backup = await backUp(differ.map((path) => join(this.#root, path)), `talk-panic-${step}`, this.#root);
    for (const path of files.keys()) this.#data.first[path] ??= this.read(path) ?? null;
    for (const path of differ) await writeSafely(join(this.#root, path), files.get(path)!);
    for (const [path, text] of files) this.#data.base[path] = text;
    return backup?.folder.slice(this.#root.length + 1);
  }

  /** Takes the newest step back, byte for byte. Answers its id, or undefined when nothing was laid. */
  async back(): Promise<string | undefined> {
    const entry = this.#data.journal.pop();
    if (!entry) return undefined;
    await backUp(entry.laid.map(({ path }) => join(this.#root, path)), `talk-back-${entry.step}`, this.#root);
    for (const { path, before, base } of entry.laid) {
      await this.#put(path, before);
      if (base === undefined) delete this.#data.base[path];
      else this.#data.base[path] = base;
    }
    return entry.step;
  }

  /** Puts every file back as it was before the talk. Answers what was put back. */
  async end(): Promise<string[]> {
    const paths = Object.keys(this.#data.first).filter((path) => (this.read(path) ?? null) !== this.#data.first[path]);
    await backUp(paths.map((path) => join(this.#root, path)), "talk-end", this.#root);
    for (const path of paths) await this.#put(path, this.#data.first[path] ?? undefined);
    this.#data = { first: {}, base: {}, journal: [] };
    return paths;
  }

  #note(step: string, plan: { path: string; mine: string | undefined }[]): void {
    for (const { path, mine } of plan) if (!(path in this.#data.first)) this.#data.first[path] = mine ?? null;
    this.#data.journal.push({ step, laid: plan.map(({ path, mine }) => ({ path, before: mine, base: this.#data.base[path] })) });
  }

  async #put(path: string, text: string | undefined): Promise<void> {
    if (text === undefined) await rm(join(this.#root, path), { force: true });
    else await writeSafely(join(this.#root, path), text);
  }
}
