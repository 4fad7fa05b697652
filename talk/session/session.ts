import { setTimeout as pause } from "node:timers/promises";
import { openPlayback } from "../stage/playback.ts";
import { openLessonOf, restoreTo } from "../stage/restore.ts";
import type { View } from "../text/parse.ts";
import { findStep } from "../text/talk.ts";
import { isMissing, layAt, type Speed } from "./lay.ts";
import { Standing, type News, type SessionOptions } from "./state.ts";

/** So long the next key waits for a command to be ready or done. Milliseconds. */
const PATIENCE_MS = 4_000;

/** The talk while it is given: one step after the other, and the way back. Actions follow each other, one at a time. */
export class Session extends Standing {
  readonly #root: string;
  readonly #changed: () => void;
  #queue: Promise<unknown> = Promise.resolve();
  #panicked = false;

  constructor(options: SessionOptions) {
    super(options);
    this.#root = options.root;
    this.#changed = options.changed ?? (() => {});
  }

  /** Begins where the session stands: lays the step, opens its lesson, starts what runs by then. */
  begin(): Promise<void> {
    return this.#act(async () => {
      // A talk that goes on has laid this step already.
      await this.#enter(this.index, { lay: this.script.data.journal.at(-1)?.step !== this.step.id });
      await this.#restore();
    });
  }

  /** The one key of the talk: the next line, the next command, or the next step. */
  next(): Promise<void> {
    return this.#act(async () => {
      this.pace.start();
      const text = this.typing.shift();
      if (text) return this.script.write(text.path, text.text);
      if (this.speed === "typed" && isMissing(this.script, this.files)) this.laid = await this.script.lay(this.step.id, this.files);
      const command = this.step.commands[this.done];
      if (command) return this.#run();
      const to = this.#following();
      if (to === undefined) this.news = { text: "This is the last step." };
      else await this.#enter(to, { lay: true });
    });
  }

  /** One step back: files as they were, a fresh server, the programs that ran when that step began. */
  back(): Promise<void> {
    return this.#act(async () => {
      const to = this.#before();
      if (to === undefined) return void (this.news = { text: "This is the first step." });
      const changes = this.talk.steps[this.index]!.code !== undefined && this.script.data.journal.at(-1)?.step === this.step.id;
      if (changes) await this.script.back();
      this.skipped = this.skipped.filter((id) => findStep(this.talk, id) < to);
      await this.#enter(to, { lay: false });
      await this.#restore();
    });
  }

  /** Goes to any step: its files are merged in, its programs started. */
  goTo(id: string): Promise<void> {
    return this.#act(async () => {
      await this.#enter(findStep(this.talk, id), { lay: true });
      await this.#restore();
    });
  }

  /** Leaves out what the desk proposes. */
  skipProposed(): Promise<void> {
    return this.#act(async () => {
      const proposal = this.pace.propose(this.index, this.skipped);
      if (!proposal) return void (this.news = { text: "Nothing to leave out: the talk is on time." });
      this.skipped = [...this.skipped, ...proposal.skip];
      this.news = { text: `Left out: ${proposal.skip.join(", ")}; that wins ${Math.round(proposal.wins)} s.` };
    });
  }

  question(): void {
    this.pace.question();
    this.#changed();
  }

  show(view: View): void {
    this.view = view;
    this.#changed();
  }

  setSpeed(speed: Speed): void {
    this.speed = speed;
    this.#changed();
  }

  /**
   * Files, programs and broker in the step's known-good state. Again in the same step: the first did not help, and its
   * rehearsal is shown, marked as a recording. Answers the milliseconds it took.
   */
  panic(): Promise<number> {
    const begun = performance.now();
    // Whatever the stage waits for now is over with this.
    void this.theatre.stopAll();
    return this.#act(async () => {
      this.#endPlay();
      this.#panicked = !this.#panicked;
      if (!this.#panicked) {
        this.#play();
        return performance.now() - begun;
      }
      this.typing = [];
      const kept = await this.script.force(this.step.id, this.files);
      await this.#restore();
      const ms = Math.round(performance.now() - begun);
      this.news = { text: `Known-good state of ${this.step.id} in ${ms} ms${kept ? `; what was there is in ${kept}` : ""}. Again: the recording.` };
      return ms;
    });
  }

  async #run(): Promise<void> {
    if (this.done === 0) this.beginScene();
    const command = this.step.commands[this.done++]!;
    const last = this.done === this.step.commands.length;
    if (this.view === "slide" || this.view === "code") this.view = "terminal";
    if (last && this.step.picture !== "terminal") this.view = "picture";
    const running = this.theatre.run(command);
    this.#changed();
    running.catch((error: unknown) => { this.news = newsOf(error); }).finally(() => this.#changed()).catch(() => {});
    // A demonstration may go on while the presenter does.
    await Promise.race([running, pause(PATIENCE_MS, undefined, { ref: false })]);
  }

  async #enter(index: number, { lay }: { lay: boolean }): Promise<void> {
    this.#endPlay();
    this.#panicked = false;
    const left = this.index;
    if (index !== left) this.pace.enter(this.talk.steps[left]!.id);
    this.index = index;
    [this.done, this.seen, this.laid, this.typing, this.news] = [0, [], undefined, [], undefined];
    this.view = this.step.view;
    if (lay) await this.#lay();
    if (await openLessonOf(this.theatre, this.talk.steps, index, { fresh: this.step.fresh && index !== left })) this.beginPicture();
    this.beginScene();
  }

  async #lay(): Promise<void> {
    const { laid, stops } = await layAt(this.speed, { script: this.script, step: this.step, files: this.files });
    [this.laid, this.typing] = [laid, stops];
    if (laid && laid.replaced.length > 0) this.news = { text: `${laid.replaced.length} edit of yours stood on lines of this step and was replaced; it is kept in ${laid.kept}.`, trouble: true };
  }

  async #restore(): Promise<void> {
    this.beginPicture();
    await restoreTo(this.theatre, this.talk.steps, this.index);
    [this.done, this.seen] = [0, []];
    this.beginScene();
  }

  #play(): void {
    this.recording = openPlayback(this.#root, this.step.id, this.#changed);
    if (!this.recording) return void (this.news = { text: "There is no recording of this step: npm run talk -- check makes one.", trouble: true });
    this.view = this.step.picture === "terminal" ? "terminal" : "picture";
    this.news = { text: `This is the rehearsal of ${this.recording.recordedAt.slice(0, 10)}. Next goes on live.` };
    this.done = this.step.commands.length;
  }

  #endPlay(): void {
    this.recording?.stop();
    this.recording = undefined;
  }

  #following(): number | undefined {
    const found = this.talk.steps.findIndex((step, index) => index > this.index && !this.skipped.includes(step.id));
    return found < 0 ? undefined : found;
  }

  #before(): number | undefined {
    const found = this.talk.steps.findLastIndex((step, index) => index < this.index && !this.skipped.includes(step.id));
    return found < 0 ? undefined : found;
  }

  #act<T>(act: () => Promise<T>): Promise<T> {
    this.acting++;
    const result = this.#queue.then(act).catch((error: unknown) => {
      this.news = newsOf(error);
      throw error;
    }).finally(() => {
      this.acting--;
      this.#changed();
    });
    this.#queue = result.catch(() => undefined);
    return result;
  }
}

/** What went wrong, and the way out where there is one. */
function newsOf(error: unknown): News {
  const { message, next } = error as Error & { next?: string };
  return { text: next === undefined ? message : `${message} Next: ${next}.`, trouble: true };
}
