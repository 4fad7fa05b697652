import { mayCompare } from "#engine/actions/compare.ts";
import { runLesson } from "#engine/check/runner.ts";
import type { CheckVerdict, Verdict } from "#engine/check/verdict.ts";
import type { Lesson } from "#engine/lessons/catalogue.ts";
import { withFirst } from "#engine/progress/first.ts";
import { noteRun } from "#engine/progress/note.ts";
import { checkLines, ending, heading, takenBack } from "#engine/report/terminal.ts";
import { contentOf } from "./content.ts";
import type { LoopOptions } from "./options.ts";
import { questionsText } from "./texts.ts";

/** Clears the screen and what scrolled off it. */
export const CLEAR = "\u001B[2J\u001B[3J\u001B[H";

/** A check that runs: which content it judges, and how to end it. */
interface Run {
  hash: string;
  stop: AbortController;
}

/** What comes of a check, for the conversation's queue. */
export type CheckNews = { kind: "checked"; check: CheckVerdict; run: Run } | { kind: "verdict"; verdict: Verdict; run: Run };

/** What checking needs: the conversation's own options, its end, and its queue. */
type CheckingOptions = Pick<LoopOptions, "pool" | "say" | "look" | "interactive" | "tell"> & { signal: AbortSignal; put: (news: CheckNews) => void };

/** The checks of the conversation: one at a time, and a verdict on the screen is always about the newest content. */
export class Checking {
  readonly #options: CheckingOptions;
  #lesson: Lesson | undefined;
  /** The content that the newest verdict, or the check that runs, has judged. */
  #judged = "";
  #run: Run | undefined;
  #over: Promise<void> = Promise.resolve();

  constructor(options: CheckingOptions) {
    this.#options = options;
  }

  /** Whether a check runs. */
  get running(): boolean {
    return this.#run !== undefined;
  }

  /** When the newest check has left nothing behind: a while after its verdict, because the lab closes after that. */
  get over(): Promise<void> {
    return this.#over;
  }

  /** Another lesson is open; its content counts as judged until it changes. */
  open(lesson: Lesson): void {
    this.#lesson = lesson;
    this.#judged = contentOf(lesson);
  }

  /** Ends the check that runs; nothing is said of it. */
  async stop(): Promise<void> {
    this.#run?.stop.abort();
    await this.over;
    this.#run = undefined;
  }

  /** New content is checked; a check of older content ends at once, and its end begins the next one. */
  saved(): void {
    if (contentOf(this.#open) === this.#judged) return;
    if (this.#run) this.#run.stop.abort();
    else this.begin();
  }

  /** Starts a check of the content as it is now. */
  begin(): void {
    const { pool, interactive, look, say, tell, put } = this.#options;
    const lesson = this.#open;
    const run: Run = { hash: contentOf(lesson), stop: new AbortController() };
    this.#run = run;
    this.#judged = run.hash;
    say(`${interactive ? CLEAR : ""}${heading(lesson, look())}`);
    tell?.({ kind: "checking", lesson: lesson.id });
    const signal = AbortSignal.any([this.#options.signal, run.stop.signal]);
    let known = false;
    const onVerdict = (verdict: Verdict) => {
      known = true;
      put({ kind: "verdict", verdict, run });
    };
    this.#over = this.#over
      .then(() => runLesson(lesson, { pool, signal, onCheck: (check) => put({ kind: "checked", check, run }), onVerdict }))
      .then((verdict) => {
        pool?.refill();
        if (!known) onVerdict(verdict);
        else if (verdict.error) say(ending(verdict, lesson, look()));
      });
  }

  /** Says how one check came out, while that is about the newest content. */
  async tell({ check, run }: CheckNews & { kind: "checked" }): Promise<void> {
    const { id, root } = this.#open;
    const beside = await withFirst({ root, lesson: id });
    if (run !== this.#run || contentOf(this.#open) !== run.hash) return;
    this.#options.say(checkLines(beside(check), this.#options.look()));
    this.#options.tell?.({ kind: "check", lesson: id, check });
  }

  /** Says and notes a verdict while it is about the newest content; else that is checked. Answers the keys that matter now, none where nothing was said. */
  async finish({ verdict, run }: CheckNews & { kind: "verdict" }): Promise<string> {
    if (run !== this.#run) return "";
    this.#run = undefined;
    const { say, look, interactive } = this.#options;
    const lesson = this.#open;
    if (run.stop.signal.aborted || contentOf(lesson) !== run.hash) {
      this.begin();
      return "";
    }
    say(ending(verdict, lesson, { ...look(), keys: interactive }));
    if (verdict.outcome === "failed" && (await mayCompare(lesson))) say(takenBack(lesson, look()));
    await noteRun(lesson, verdict, { hash: run.hash });
    if (verdict.outcome === "passed") say(questionsText(lesson, look()));
    return verdict.outcome === "passed" ? "nd?q" : "hrt?q";
  }

  get #open(): Lesson {
    if (!this.#lesson) throw new Error("no lesson is open");
    return this.#lesson;
  }
}
