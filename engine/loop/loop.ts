import { createColors } from "picocolors";
import { compareText, mayCompare } from "#engine/actions/compare.ts";
import { hintText, nextHint } from "#engine/actions/hint.ts";
import { listText } from "#engine/actions/list.ts";
import { timelineText } from "#engine/actions/timeline.ts";
import { troubleOf } from "#engine/check/trouble.ts";
import { allLessons, type Lesson } from "#engine/lessons/catalogue.ts";
import { setCurrent } from "#engine/progress/note.ts";
import { ByHand } from "./by-hand.ts";
import { Checking, CLEAR, type CheckNews } from "./checking.ts";
import { helpText, keyLine } from "./keys.ts";
import type { LoopNews, LoopOptions } from "./options.ts";
import { TypedNumber } from "./number.ts";
import { Queue } from "./queue.ts";
import { broken, editorText, ordersText, pageText, resetText, undoText } from "./deeds.ts";
import { welcomeText, wrapped } from "./texts.ts";
import { watchFolder, type FolderWatch } from "./watch.ts";

export type { LoopNews, LoopOptions };

/** Everything that can happen, in one queue. */
type Happening =
  | { kind: "key"; key: string }
  | { kind: "saved" }
  | CheckNews
  | { kind: "wanted"; lesson: Lesson; there: () => void }
  | { kind: "printed"; program: string; text: string };

/** Editors write a file in several steps; so long after an event it is whole. */
const WHOLE_MS = 30;

/** The conversation of `npm start`: one loop over keys, saves and results. */
export class Loop implements AsyncDisposable {
  readonly #options: LoopOptions;
  readonly #queue = new Queue<Happening>();
  readonly #byHand: ByHand;
  readonly #checking: Checking;
  #stop = new AbortController();
  #lesson: Lesson;
  #watch: FolderWatch | undefined;
  readonly #number = new TypedNumber();
  /** A key that asks twice, and was pressed once. */
  #asked = "";
  #breaks = 0;

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#lesson = options.lesson;
    this.#byHand = new ByHand(options.house, (program, text) => this.#queue.put({ kind: "printed", program, text }));
    this.#checking = new Checking({ ...options, signal: this.#stop.signal, put: (news) => this.#queue.put(news) });
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
    await this.#checking.over;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.quit();
    await this.#checking.over;
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
    this.#checking.open(lesson);
    this.#say(welcomeText(lesson, this.#options.house, this.#options.look()));
    this.#watch = await watchFolder(lesson.folder, () => setTimeout(() => this.#queue.put({ kind: "saved" }), WHOLE_MS));
    if (this.#watch.polling) this.#say("  File events do not arrive here, so the files are looked at every 0.4 s.");
    this.#sayKeys("hrc?q");
    this.#options.tell?.({ kind: "opened", lesson: lesson.id });
  }

  async #handle(happening: Happening): Promise<void> {
    switch (happening.kind) {
      case "key": return this.#key(happening.key);
      case "saved": return this.#checking.saved();
      case "checked": return this.#checking.tell(happening);
      case "verdict": return this.#checking.finish(happening).then((keys) => this.#sayKeys(keys));
      case "wanted": return this.#leave(happening.lesson, true).finally(happening.there);
      case "printed": return this.#printed(happening.program, happening.text);
    }
  }

  #printed(program: string, text: string): void {
    this.#say(`  ${this.#colours().dim(`${program} |`)} ${text}`);
    this.#options.tell?.({ kind: "printed", lesson: this.#lesson.id, program, text });
  }

  async #key(key: string): Promise<void> {
    if (this.#number.takes(key)) return;
    const digits = this.#number.end();
    const again = this.#asked === key;
    this.#asked = "";
    const actions: Record<string, () => Promise<void> | void> = {
      "?": () => this.#say(helpText(this.#options.look().columns)),
      h: async () => this.#say(hintText(this.#lesson, await nextHint(this.#lesson), { ...this.#options.look(), keys: this.#options.interactive })),
      l: async () => this.#say(await listText(this.#options.look(), this.#lesson)),
      t: async () => this.#say(await timelineText(this.#lesson)),
      c: () => (this.#checking.running ? undefined : this.#checking.begin()),
      d: () => this.#compare(again),
      r: () => this.#byHand.start(this.#lesson, Math.min(9, Number(digits || 1))),
      o: async () => this.#say(await ordersText(this.#options.house, Number(digits) || 6, this.#options.look())),
      s: () => (this.#byHand.names.length > 0 ? this.#byHand.stop() : this.#say("\n  Nothing runs that r has started.")),
      b: () => this.#break(),
      e: () => editorText(this.#lesson).then((text) => this.#say(text)),
      w: async () => this.#say(await pageText(this.#options.house, this.#lesson)),
      x: () => this.#reset(again),
      u: async () => this.#say(await undoText(this.#lesson)),
      n: () => this.#move(1),
      p: () => this.#move(-1),
      g: () => this.#goTo(digits),
      q: () => this.quit(),
    };
    const act = actions[key];
    if (act) await act();
    else this.#say(`  ${this.#colours().dim(`The key ${JSON.stringify(key)} does nothing here; ? shows those that do.`)}`);
  }

  async #compare(again: boolean): Promise<void> {
    if (again || (await mayCompare(this.#lesson))) return this.#say(compareText(this.#lesson, this.#options.look()));
    this.#asked = "d";
    this.#say("\n  This shows the solution, and the lesson does not pass as it stands. d again shows it; h gives a hint instead.");
  }

  async #reset(again: boolean): Promise<void> {
    if (!again) {
      this.#asked = "x";
      return this.#say("\n  This lays the starter again; your text is kept, and u brings it back. x again does it.");
    }
    this.#say(await resetText(this.#lesson));
  }

  async #break(): Promise<void> {
    if (this.#checking.running) return this.#say("\n  A check is running; b breaks something when it has ended.");
    const { pool, look } = this.#options;
    for await (const text of broken(this.#lesson, { turn: this.#breaks++, look: look(), pool, signal: this.#stop.signal })) this.#say(text);
  }

  async #move(by: number): Promise<void> {
    const lessons = await allLessons(this.#lesson.root);
    const to = lessons[lessons.findIndex(({ id }) => id === this.#lesson.id) + by];
    if (!to) return this.#say(by > 0 ? "\n  This is the last lesson." : "\n  This is the first lesson.");
    await this.#leave(to);
  }

  async #goTo(digits: string): Promise<void> {
    const to = (await allLessons(this.#lesson.root)).find(({ number }) => number === Number(digits));
    if (!to) return this.#say(digits === "" ? "\n  Type the lesson's number first: 4 g. l lists them." : `\n  There is no lesson ${Number(digits)}. l lists them.`);
    await this.#leave(to);
  }

  /** Goes to a lesson; what runs here ends first. */
  async #leave(to: Lesson, fresh = false): Promise<void> {
    await this.#checking.stop();
    this.#byHand.stop();
    if (this.#options.interactive) this.#say(CLEAR);
    await this.#open(to, fresh);
  }

  #sayKeys(keys: string): void {
    if (!this.#options.interactive || keys === "") return;
    const lines = keyLine(keys, this.#options.look().columns - 4).split("\n");
    this.#say(`\n${lines.map((line) => `  ${this.#colours().dim(line)}`).join("\n")}\n`);
  }

  #sayTrouble(error: unknown): void {
    const { text, next } = troubleOf(error);
    this.#say(`\n${wrapped(text, this.#options.look())}\n${wrapped(`Next: ${next}`, this.#options.look())}`);
    this.#options.tell?.({ kind: "trouble", lesson: this.#lesson.id, text, next });
  }

  #say(text: string): void {
    this.#options.say(text);
  }

  #colours(): ReturnType<typeof createColors> {
    return createColors(this.#options.look().colour);
  }
}
