/** The systems that a remedy may differ for. */
export type System = "linux" | "darwin" | "wsl" | "windows";

/** What the doctor looks at. Tests put other facts in. */
export interface Surroundings {
  /** The repository. */
  root: string;
  env: NodeJS.ProcessEnv;
  system: System;
  /** `20.20.2` */
  nodeVersion: string;
  /** Epoch milliseconds. */
  now(): number;
}

/** One line of the doctor's report. Only a problem keeps the workshop from running. */
export interface Finding {
  level: "ok" | "note" | "problem";
  text: string;
  /** What to type, for this system, one command a line. */
  remedy?: string;
}

/** Looks at one thing. What it throws becomes a problem. */
export type Look = (surroundings: Surroundings) => Promise<Finding | Finding[]>;

/** All is well. */
export function ok(text: string): Finding {
  return { level: "ok", text };
}

/** Worth knowing; the workshop runs. */
export function note(text: string, remedy?: string): Finding {
  return { level: "note", text, ...(remedy ? { remedy } : {}) };
}

/** The workshop cannot run like this. */
export function problem(text: string, remedy: string): Finding {
  return { level: "problem", text, remedy };
}
