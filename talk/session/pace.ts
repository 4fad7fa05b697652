/** A step, as far as time is concerned. */
export interface Budget {
  id: string;
  seconds: number;
  skip: boolean;
}

/** Where the talk stands in time. Seconds, unless the name says otherwise. */
export interface PaceNow {
  /** Real time since the talk began, questions included; 0 before. */
  elapsed: number;
  /** Real time that is left. */
  left: number;
  /** Real time in this step, and without its questions. */
  inStep: number;
  /** Above 0: so much later than the budgets say. Below: earlier. */
  late: number;
  /** A question is being answered. */
  question: boolean;
  running: boolean;
}

/** What to leave out. */
export interface Proposal {
  /** Ids of steps. */
  skip: string[];
  /** What that wins. */
  wins: number;
  /** Whether the talk is on time then. */
  enough: boolean;
}

/** What is kept of the clock between two starts of the program. Times are milliseconds on the wall clock. */
export interface PaceData {
  startedAt?: number;
  stepAt?: number;
  /** Milliseconds of this step that were questions. */
  asked: number;
  questionAt?: number;
  /** What each step really took, without its questions, in seconds. */
  took: Record<string, number>;
}

/** The clock of the talk: a question stops the plan, and not the clock. */
export class Pace {
  readonly #steps: readonly Budget[];
  readonly #now: () => number;
  #data: PaceData;

  /** `now` is the wall clock, in milliseconds. */
  constructor(steps: readonly Budget[], { now = Date.now, data = { asked: 0, took: {} } }: { now?: () => number; data?: PaceData } = {}) {
    this.#steps = steps;
    this.#now = now;
    this.#data = data;
  }

  get data(): PaceData {
    return this.#data;
  }

  /** Begins the talk, or nothing when it has begun. */
  start(): void {
    const now = this.#now();
    this.#data.startedAt ??= now;
    this.#data.stepAt ??= now;
  }

  /** A step begins; what the step `from` took is noted. */
  enter(from: string): void {
    if (this.#data.stepAt === undefined) return this.start();
    this.endQuestion();
    this.#data.took[from] = (this.#data.took[from] ?? 0) + (this.#now() - this.#data.stepAt - this.#data.asked) / 1000;
    this.#data.stepAt = this.#now();
    this.#data.asked = 0;
  }

  /** The audience asks: the step's time stands still until `question()` is called again. */
  question(): void {
    if (this.#data.questionAt !== undefined) return this.endQuestion();
    this.start();
    this.#data.questionAt = this.#now();
  }

  endQuestion(): void {
    if (this.#data.questionAt === undefined) return;
    this.#data.asked += this.#now() - this.#data.questionAt;
    delete this.#data.questionAt;
  }

  /** Forgets the clock: the talk begins anew with the next step. */
  reset(): void {
    this.#data = { asked: 0, took: {} };
  }

  /** Where the talk stands while step `index` goes on. `skipped` steps are no part of the plan. */
  at(index: number, skipped: readonly string[] = []): PaceNow {
    const { startedAt, stepAt, asked, questionAt } = this.#data;
    const now = this.#now();
    const total = sum(this.#steps);
    if (startedAt === undefined || stepAt === undefined) return { elapsed: 0, left: total, inStep: 0, late: 0, question: false, running: false };
    const elapsed = (now - startedAt) / 1000;
    const inStep = (now - stepAt - asked - (questionAt === undefined ? 0 : now - questionAt)) / 1000;
    // What was lost or saved before does not matter by itself: what counts is what is still to come.
    const rest = Math.max(0, (this.#steps[index]?.seconds ?? 0) - inStep);
    const ahead = rest + sum(this.#steps.slice(index + 1).filter(({ id }) => !skipped.includes(id)));
    const late = elapsed + ahead - total;
    return { elapsed, left: total - elapsed, inStep, late, question: questionAt !== undefined, running: true };
  }

  /** The cheapest steps to leave out after step `index`, so that the talk ends on time; undefined when it is not late. */
  propose(index: number, skipped: readonly string[] = []): Proposal | undefined {
    const { late } = this.at(index, skipped);
    const can = this.#steps.slice(index + 1).filter(({ id, skip }) => skip && !skipped.includes(id));
    if (late < TOLERANCE || can.length === 0) return undefined;
    const best = subsets(can).filter((some) => sum(some) >= late).sort((a, b) => sum(a) - sum(b) || a.length - b.length)[0] ?? can;
    return { skip: best.map(({ id }) => id), wins: sum(best), enough: sum(best) >= late };
  }
}

/** Less than this is not late. */
const TOLERANCE = 15;

function sum(steps: readonly Budget[]): number {
  return steps.reduce((total, { seconds }) => total + seconds, 0);
}

function subsets<T>(all: readonly T[]): T[][] {
  return all.reduce<T[][]>((some, one) => [...some, ...some.map((few) => [...few, one])], [[]]).slice(1);
}
