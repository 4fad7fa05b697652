import type { JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import type { World } from "#engine/world/world.ts";
import type { Evidence } from "./evidence.ts";

/** `quick` lessons answer within a second; `waits` ones state their seconds; `load` ones promise no time. */
export type Pace = "quick" | "waits" | "load";

/** One program of a lesson. Its name is the key in `programs` and the file's base name. */
export interface ProgramDef {
  /** A service runs until it is told to stop; a `once` program ends by itself. */
  kind: "service" | "once";
  /**
   * Sample subjects, one for each subscription its contract asks for. A service is ready when the server
   * lists subscriptions that match them all.
   */
  hears?: string[];
  /** True where several copies of it may run: they are called `worker#1`, `worker#2` and so on. */
  copies?: true;
  /** True where the program serves HTTP on `PORT`: it is ready when the port answers. */
  port?: boolean;
  /** A consumer it pulls from: it is ready when a pull request of its own waits there. */
  pulls?: { stream: string; consumer?: string };
  /** Environment variables of the contract with the values checks use unless they say otherwise. */
  env?: Record<string, string>;
}

/** One condition of a lesson's contract, in the learner's words. */
export interface CheckDef {
  id: string;
  title: string;
  /** False for a check that is shown and can never fail a lesson. */
  graded?: boolean;
  /** True for a check that needs a server nobody has used. */
  fresh?: boolean;
  /** A question, where to look, nearly the answer; more where it helps. */
  hints: string[];
  /** Where the lesson's README teaches it: an anchor such as `#drain`. */
  at?: string;
  /** True for the few checks of a long lesson that a presenter tells about on stage. */
  onStage?: true;
}

/** A named mistake. `check.test.ts` holds the predicate; this says it to the learner. */
export interface DiagnosisDef {
  id: string;
  /** The checks in which it may be found; all when absent. */
  checks?: string[];
  /** The program to open, as a key of `programs`, or a file name of the lesson. A function where the evidence tells which. */
  file: string | ((evidence: Evidence) => string);
  /** The mistake in one or two sentences, with what was seen. */
  says: string | ((evidence: Evidence) => string);
  /**
   * The ladder for this mistake, at least two steps, where the check's own would lead elsewhere: what to look at, then
   * nearly the answer. It takes the place of the check's hints while this mistake is the one found.
   */
  hints?: string[];
  /** Row of the catalogue of misconceptions it belongs to. */
  row?: number;
}

/** A question to answer before a run; `answer` is read after it. */
export interface Question {
  ask: string;
  options?: string[];
  answer: string;
}

/** What a lesson's `lesson.ts` says. Number and slug come from its folder. */
export interface LessonDef {
  title: string;
  /** Part of the talk, 1 to 6; the appendix has none. */
  part?: number;
  minutes: number;
  pace: Pace;
  /** What the whole solution may take, in milliseconds on an idle machine. */
  budget: number;
  /** The task in one sentence, said where the README is not at hand. */
  task: string;
  programs: Record<string, ProgramDef>;
  /** How the untouched starter fails. */
  starter: { check: string; diagnosis: string };
  needs?: { jetstream?: boolean; cluster?: boolean };
  checks: CheckDef[];
  diagnoses: DiagnosisDef[];
  questions?: Question[];
  /** Makes, on the server of the open house, the streams a check would have made, and the world's troubles. Safe to run again. */
  begins?: (at: { nc: NatsConnection; jsm: JetStreamManager; world: World }) => Promise<void>;
  /** The picture the page opens the lesson with: an id of `pictures/catalogue.ts`. Where it is absent, who hears it, or who holds what where JetStream is needed. */
  picture?: string;
  /** What to try once it passes. */
  next?: string[];
}

/** Types a lesson's description, and returns it as it is. An idea of citty's `defineCommand`. */
export function defineLesson(lesson: LessonDef): LessonDef {
  return lesson;
}
