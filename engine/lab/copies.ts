import type { Handle } from "./handle.ts";
import type { Lab } from "./lab.ts";
import { launch } from "./launch.ts";
import type { StartOptions } from "./options.ts";

/** The copies of a lab's programs: what they are called, and which of them go on from check to check. */
export class Copies {
  readonly #lab: Lab;
  readonly #names = new Map<string, number>();
  readonly #kept = new Set<Handle>();

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  /** A name for the next copy of a program: `worker#3`, or `publisher` where a lesson has only one. */
  nextName(role: string): string {
    const count = (this.#names.get(role) ?? 0) + 1;
    this.#names.set(role, count);
    return this.#lab.lesson.programs[role]?.copies || count > 1 ? `${role}#${count}` : role;
  }

  /** Whether it goes on after the check. */
  keeps(handle: Handle): boolean {
    return this.#kept.has(handle);
  }

  /** Has `copies` of a service running with these variables: those that are kept already, and new ones for what is missing. */
  async have(role: string, copies: number, options: StartOptions): Promise<Handle[]> {
    const lab = this.#lab;
    const running = lab.handles.filter((handle) => this.keeps(handle) && handle.role === role && handle.running && sameEnv(handle.env, options.env));
    const names = Array.from({ length: Math.max(0, copies - running.length) }, () => this.nextName(role));
    const begin = (name: string) => launch(lab, { role, name, ...options });
    const started: Handle[] = [];
    if (lab.tap) started.push(...(await Promise.all(names.map(begin))));
    // Without a tap a copy's connection is the one that was not there before it: so one copy at a time.
    else for (const name of names) started.push(await begin(name));
    for (const handle of started) this.#kept.add(handle);
    return [...running, ...started].slice(0, copies);
  }
}

function sameEnv(has: Record<string, string>, wants: Record<string, string> = {}): boolean {
  return Object.entries(wants).every(([name, value]) => has[name] === value);
}
