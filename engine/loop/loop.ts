import { relative } from "node:path";
import { createColors } from "picocolors";
import { compareText, mayCompare } from "#engine/actions/compare.ts";
import { hintText, nextHint } from "#engine/actions/hint.ts";
import { listText } from "#engine/actions/list.ts";
import { placeOrders } from "#engine/actions/orders.ts";
import { resetLesson } from "#engine/actions/reset.ts";
import { timelineText } from "#engine/actions/timeline.ts";
import { runLesson, troubleOf } from "#engine/check/runner.ts";
import type { CheckVerdict, Verdict } from "#engine/check/verdict.ts";
import { undo } from "#engine/files/undo.ts";
import type { House } from "#engine/house/house.ts";
import { attemptsOf } from "#engine/lessons/attempts.ts";
import { allLessons, type Lesson } from "#engine/lessons/catalogue.ts";
import { withFirst } from "#engine/progress/first.ts";
import { noteRun, setCurrent } from "#engine/progress/note.ts";
import type { WarmPool } from "#engine/programs/pool.ts";
import { checkLines, ending, heading, takenBack, type Look } from "#engine/report/terminal.ts";
import { openInBrowser } from "./browser.ts";
import { ByHand } from "./by-hand.ts";
import { contentOf } from "./content.ts";
import { helpText, keyLine } from "./keys.ts";
import { Queue } from "./queue.ts";
import { questionsText, welcomeText } from "./texts.ts";
import { watchFolder, type FolderWatch } from "./watch.ts";

/** What the conversation needs. */
export interface LoopOptions {
  lesson: Lesson;
  house: House;
  pool: WarmPool;
  /** Writes a line or more. */
  say: (text: string) => void;
  look: () => Look;
  /** True on a terminal: keys work, and a new check clears the screen. */
  interactive: boolean;
  openEditor: (file: string) => void;
  /** Told what the page shows as well: a lesson was opened, a check has begun, a check came out. */
  tell?: (news: LoopNews) => void;
}

/** What happens in the conversation, for those who show it elsewhere. A verdict is in its file (`progress/verdicts.ts`). */
export type LoopNews = { lesson: string } & ({ kind: "opened" } | { kind: "checking" } | { kind: "check"; check: CheckVerdict } | { kind: "printed"; program: string; text: string });

/** Everything that can happen, in one queue. */
type Happening =
  | { kind: "key"; key: string }
  | { kind: "saved" }
  | { kind: "checked"; check: CheckVerdict; run: Run }
  | { kind: "verdict"; verdict: Verdict; run: Run }
  | { kind: "wanted"; lesson: Lesson; there: () => void }
  | { kind: "printed"; program: string; text: string };

/** A check that runs: which content it judges, how to end it, and its end. */
interface Run {
  hash: string;
  stop: AbortController;
  over: Promise<void>;
}

/** Editors write a file in several steps; so long after an event it is whole. */
const WHOLE_MS = 30;
const CLEAR = "\u001B[2J\u001B[3J\u001B[H";

/** The conversation of `npm start`: one loop over keys, saves and results. */
export class Loop implements AsyncDisposable {
  readonly #options: LoopOptions;
  readonly #queue = new Queue<Happening>();
  readonly #byHand: ByHand;
  #stop = new AbortController();
  #lesson: Lesson;
  #watch: FolderWatch | undefined;
  /** The content that the newest verdict, or the check that runs, has judged. */
  #judged = "";
  #run: Run | undefined;
  #digits = "";
  /** A key that asks twice, and was pressed once. */
  #asked = "";
  #breaks = 0;

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#lesson = options.lesson;
    this.#byHand = new ByHand(options.house, (program, text) => this.#queue.put({ kind: "printed", program, text }));
    options.house.onAsked = (lesson) => new Promise((there) => this.#queue.put({ kind: "wanted", lesson, there }));
  }

  /** A key was pressed. */
  press(key: string): void {
    this.#queue.put({ kind: "key", key });
  }

  /** The lesson that is open. */
  get lesson(): Lesson {
    return this.#lesson;
  }

  /** Programs that were started here and run. */
  get running(): string[] {
    return this.#byHand.names;
  }

  /** SIGKILL to one of them, as a crash; false where no such program runs. */
  crash(name: string): boolean {
    return this.#byHand.crash(name);
  }

  /** Ends the conversation: a check that runs is stopped, then `run()` returns. */
  quit(): void {
    this.#stop.abort();
    this.#queue.close();
  }

  /** Opens at the lesson, and goes on until `quit()`. */
  async run(): Promise<void> {
    await this.#open(this.#lesson);
    for await (const happening of this.#queue) {
      if (this.#stop.signal.aborted) break;
      await this.#handle(happening).catch((error: unknown) => this.#sayTrouble(error));
    }
    await this.#run?.over;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.quit();
    await this.#run?.over;
    await this.#watch?.[Symbol.asyncDispose]();
    await this.#byHand[Symbol.asyncDispose]();
  }

  /** Opens a lesson; `fresh` empties its server's store first. */
  async #open(lesson: Lesson, fresh = false): Promise<void> {
    await this.#watch?.[Symbol.asyncDispose]();
    if (fresh || lesson.id !== this.#options.house.lesson.id) await this.#options.house.moveTo(lesson, { fresh });
    await setCurrent(lesson.id, lesson.root);
    this.#lesson = lesson;
    this.#breaks = 0;
    this.#judged = contentOf(lesson);
    this.#say(welcomeText(lesson, this.#options.house, this.#options.look()));
    this.#watch = await watchFolder(lesson.folder, () => setTimeout(() => this.#queue.put({ kind: "saved" }), WHOLE_MS));
    if (this.#watch.polling) this.#say("  File events do not arrive here, so the files are looked at every 0.4 s.");
    this.#sayKeys("hr?q");
    this.#options.tell?.({ kind: "opened", lesson: lesson.id });
  }

  async #handle(happening: Happening): Promise<void> {
    switch (happening.kind) {
      case "key": return this.#key(happening.key);
      case "saved": return this.#saved();
      case "checked": return this.#checked(happening.check, happening.run);
      case "verdict": return this.#verdict(happening.verdict, happening.run);
      case "wanted": return this.#leave(happening.lesson, true).finally(happening.there);
      case "printed": return this.#printed(happening.program, happening.text);
    }
  }

  #printed(program: string, text: string): void {
    this.#say(`  ${this.#colours().dim(`${program} |`)} ${text}`);
    this.#options.tell?.({ kind: "printed", lesson: this.#lesson.id, program, text });
  }

  /** New content is checked; a check of older content ends at once, and its end begins the next one. */
  #saved(): void {
    if (contentOf(this.#lesson) === this.#judged) return;
    if (this.#run) this.#run.stop.abort();
    else this.#check();
  }

  /** Starts a check of the content as it is now. One runs at a time. */
  #check(): void {
    const { pool, interactive } = this.#options;
    const lesson = this.#lesson;
    const run: Run = { hash: contentOf(lesson), stop: new AbortController(), over: Promise.resolve() };
    this.#run = run;
    this.#judged = run.hash;
    this.#say(`${interactive ? CLEAR : ""}${heading(lesson, this.#options.look())}`);
    this.#options.tell?.({ kind: "checking", lesson: lesson.id });
    const signal = AbortSignal.any([this.#stop.signal, run.stop.signal]);
    run.over = runLesson(lesson, { pool, signal, onCheck: (check) => this.#queue.put({ kind: "checked", check, run }) })
      .then((verdict) => this.#queue.put({ kind: "verdict", verdict, run }));
  }

  async #checked(check: CheckVerdict, run: Run): Promise<void> {
    const beside = await withFirst({ root: this.#lesson.root, lesson: this.#lesson.id });
    if (run !== this.#run || contentOf(this.#lesson) !== run.hash) return;
    this.#say(checkLines(beside(check), this.#options.look()));
    this.#options.tell?.({ kind: "check", lesson: this.#lesson.id, check });
  }

  /** A verdict is shown and noted only while it is about the newest content; else that is checked at once. */
  async #verdict(verdict: Verdict, run: Run): Promise<void> {
    if (run !== this.#run) return;
    this.#run = undefined;
    if (run.stop.signal.aborted || contentOf(this.#lesson) !== run.hash) return this.#check();
    this.#say(ending(verdict, this.#lesson, { ...this.#options.look(), keys: this.#options.interactive }));
    if (verdict.outcome === "failed" && (await mayCompare(this.#lesson))) this.#say(takenBack(this.#lesson, this.#options.look()));
    await noteRun(this.#lesson, verdict, { hash: run.hash });
    if (verdict.outcome === "passed") this.#say(questionsText(this.#lesson, this.#options.look()));
    this.#sayKeys(verdict.outcome === "passed" ? "nd?q" : "hrt?q");
  }

  async #key(key: string): Promise<void> {
    if (/^\d$/.test(key)) return void (this.#digits += key);
    const digits = this.#digits;
    const again = this.#asked === key;
    [this.#digits, this.#asked] = ["", ""];
    const actions: Record<string, () => Promise<void> | void> = {
      "?": () => this.#say(helpText(this.#options.look().columns)),
      h: async () => this.#say(hintText(this.#lesson, await nextHint(this.#lesson), { ...this.#options.look(), keys: this.#options.interactive })),
      l: async () => this.#say(await listText(this.#options.look(), this.#lesson)),
      t: async () => this.#say(await timelineText(this.#lesson)),
      c: () => (this.#run ? undefined : this.#check()),
      d: () => this.#compare(again),
      r: () => this.#byHand.start(this.#lesson, Math.min(9, Number(digits || 1))),
      o: () => this.#orders(Number(digits || 6)),
      s: () => this.#byHand.stop(),
      b: () => this.#break(),
      e: () => this.#options.openEditor(`${this.#lesson.folder}/${Object.keys(this.#lesson.programs)[0]}.ts`),
      w: () => this.#page(),
      x: () => this.#reset(again),
      u: () => this.#undo(),
      n: () => this.#move(1),
      p: () => this.#move(-1),
      g: () => this.#goTo(digits),
      q: () => this.quit(),
    };
    const act = actions[key];
    if (act) await act();
    else this.#say(`  ${this.#colours().dim(`The key ${JSON.stringify(key)} does nothing here; ? shows those that do.`)}`);
  }

  async #orders(count: number): Promise<void> {
    const placed = await placeOrders({ servers: this.#options.house.natsUrl, count });
    for (const subject of placed) this.#say(`  ${this.#colours().dim("shop |")} ${subject}`);
  }

  async #compare(again: boolean): Promise<void> {
    if (again || (await mayCompare(this.#lesson))) return this.#say(compareText(this.#lesson, this.#options.look()));
    this.#asked = "d";
    this.#say("\n  This shows the solution, and the lesson has not passed yet. d again shows it; h gives a hint instead.");
  }

  async #reset(again: boolean): Promise<void> {
    if (!again) {
      this.#asked = "x";
      return this.#say("\n  This lays the starter again; your text is kept, and u brings it back. x again does it.");
    }
    const reset = await resetLesson(this.#lesson);
    this.#say(reset ? `\n  Laid again: ${reset.files.join(", ")}\n  What you had is in ${reset.kept}; u brings it back.` : "\n  Nothing was changed: it is as it was laid.");
  }

  async #undo(): Promise<void> {
    const undone = await undo({ root: this.#lesson.root });
    this.#say(undone ? `\n  Back: ${undone.restored.join(", ")}. u again takes that back.` : "\n  There is nothing to undo.");
  }

  /** Runs one wrong program after another, from its own folder: the learner's file is not touched. */
  async #break(): Promise<void> {
    const wrong = attemptsOf(this.#lesson).flatMap((attempt) => (attempt.verdict === "failed" && !attempt.run ? [attempt] : []));
    const attempt = wrong[this.#breaks++ % Math.max(1, wrong.length)];
    if (!attempt || this.#run) return this.#say("\n  A check is running, or this lesson has nothing to break.");
    this.#say(`\n  ${this.#colours().bold("Broken on purpose")} · ${attempt.mistake}\n  ${this.#colours().dim(relative(this.#lesson.root, attempt.folder))}\n`);
    const verdict = await runLesson(this.#lesson, { pool: this.#options.pool, from: attempt.folder, only: attempt.check, signal: this.#stop.signal });
    for (const check of verdict.checks) this.#say(checkLines(check, this.#options.look()));
    this.#say(`\n  Your own program is as it was. b breaks it in another way.`);
  }

  async #move(by: number): Promise<void> {
    const lessons = await allLessons(this.#lesson.root);
    const to = lessons[lessons.findIndex(({ id }) => id === this.#lesson.id) + by];
    if (!to) return this.#say(by > 0 ? "\n  This is the last lesson." : "\n  This is the first lesson.");
    await this.#leave(to);
  }

  async #goTo(digits: string): Promise<void> {
    const to = (await allLessons(this.#lesson.root)).find(({ number }) => number === Number(digits));
    if (digits === "" || !to) return this.#say("\n  Type the lesson's number first: 4 g. l lists them.");
    await this.#leave(to);
  }

  /** Goes to a lesson; what runs here ends first. */
  async #leave(to: Lesson, fresh = false): Promise<void> {
    this.#run?.stop.abort();
    await this.#run?.over;
    this.#run = undefined;
    this.#byHand.stop();
    if (this.#options.interactive) this.#say(CLEAR);
    await this.#open(to, fresh);
  }

  async #page(): Promise<void> {
    const url = `${this.#options.house.pageUrl}lessons/${this.#lesson.id}`;
    const opened = await openInBrowser(url);
    this.#say(`\n  ${opened ? "Opened in your browser" : "No browser could be opened here; its address"}: ${url}`);
  }

  #sayKeys(keys: string): void {
    if (!this.#options.interactive) return;
    const lines = keyLine(keys, this.#options.look().columns - 4).split("\n");
    this.#say(`\n${lines.map((line) => `  ${this.#colours().dim(line)}`).join("\n")}\n`);
  }

  #sayTrouble(error: unknown): void {
    const { text, next } = troubleOf(error);
    this.#say(`\n  ${text}\n  Next: ${next}`);
  }

  #say(text: string): void {
    this.#options.say(text);
  }

  #colours(): ReturnType<typeof createColors> {
    return createColors(this.#options.look().colour);
  }
}
