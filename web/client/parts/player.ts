import { stateAfter, STANDING, type Input, type Picture } from "#engine/pictures/picture.ts";

/** How time passes for the picture: with the world, as what is past went by, at a quarter of that speed, or not at all. */
export type Mode = "live" | "play" | "slow" | "paused";

/** Things that happened are kept up to this many; then the oldest third goes. */
const KEPT = 6_000;
/** A state is remembered after every so many, so that going back does not begin at the beginning. */
const EVERY = 100;
const SPEED = { play: 1, slow: 0.25 };

/** Plays what happened through a picture: live, slowly, or step by step in both directions. States are immutable, so going back is looking up. */
export class Player {
  #picture: Picture;
  /** Of what was forgotten, what still holds: subscriptions and ends of programs. */
  #standing: Input[] = [];
  #inputs: Input[] = [];
  /** States after 0, 100, 200 … inputs. */
  #marks: unknown[];
  /** How many inputs have happened for the picture, and the state after them. */
  #at = 0;
  #state: unknown;
  #clock = 0;
  /** The record's clock at its last news, and this machine's at that moment, both in milliseconds. */
  #heard = { record: 0, here: 0 };
  #mode: Mode = "live";

  constructor(picture: Picture) {
    this.#picture = picture;
    this.#state = picture.begin();
    this.#marks = [this.#state];
  }

  get picture(): Picture {
    return this.#picture;
  }

  get state(): unknown {
    return this.#state;
  }

  /** The record's time that is shown, in milliseconds. */
  get now(): number {
    return this.#clock;
  }

  get mode(): Mode {
    return this.#mode;
  }

  /** How many things have happened in the picture, and how many are known. */
  get place(): { at: number; of: number } {
    return { at: this.#at, of: this.#inputs.length };
  }

  /** What happened last in the picture, except figures of the server. */
  get newest(): Input | undefined {
    for (let index = this.#at - 1; index >= 0 && index > this.#at - 20; index--) if (this.#inputs[index]?.kind !== "facts") return this.#inputs[index];
    return undefined;
  }

  /** Shows another picture of the same story, at the same moment. */
  show(picture: Picture): void {
    this.#picture = picture;
    this.#begin(this.#at);
  }

  /** Takes news. `now`: the record's clock; `here`: this machine's. */
  take(inputs: readonly Input[], { now, here, reset = false }: { now: number; here: number; reset?: boolean }): void {
    if (reset) [this.#inputs, this.#standing] = [[], []];
    for (const input of inputs) this.#inputs.push(input);
    this.#heard = { record: now, here };
    if (reset) {
      this.#mode = "live";
      this.#clock = now;
      this.#begin(this.#inputs.length);
    }
    if (this.#inputs.length > KEPT) this.#forget();
  }

  /** Time has passed on this machine. */
  tick(here: number, passed: number): void {
    const live = this.#heard.record + (here - this.#heard.here);
    if (this.#mode === "paused") return;
    this.#clock = this.#mode === "live" ? live : Math.min(live, this.#clock + passed * SPEED[this.#mode]);
    if (this.#mode === "play" && this.#clock === live) this.#mode = "live";
    while (this.#at < this.#inputs.length && (this.#mode === "live" || (this.#inputs[this.#at]?.t ?? 0) <= this.#clock)) this.#forward();
  }

  set(mode: Mode): void {
    this.#mode = mode;
  }

  /** Plays what is known from its beginning; where it has caught up it is live. */
  start(): void {
    this.#mode = "play";
    this.#clock = this.#inputs[0]?.t ?? this.#clock;
    this.#begin(0);
  }

  /** One thing further or back that changes the picture; time stands still then. */
  step(by: 1 | -1): void {
    this.#mode = "paused";
    while (by > 0 ? this.#at < this.#inputs.length : this.#at > 0) {
      const before = by > 0 ? this.#state : this.#seek(this.#at - 1);
      const after = by > 0 ? this.#forward() : this.#picture.after(before, this.#inputs[this.#at]!);
      if (after !== before) break;
    }
    this.#clock = this.#inputs[Math.max(0, this.#at - 1)]?.t ?? this.#clock;
  }

  #forward(): unknown {
    const input = this.#inputs[this.#at];
    if (input) this.#state = this.#picture.after(this.#state, input);
    this.#at++;
    if (this.#at % EVERY === 0) this.#marks[this.#at / EVERY] = this.#state;
    return this.#state;
  }

  /** The state after `count` inputs, from the nearest remembered one before it. */
  #seek(count: number): unknown {
    const mark = Math.min(Math.floor(count / EVERY), this.#marks.length - 1);
    this.#state = this.#marks[mark];
    this.#at = mark * EVERY;
    while (this.#at < count) this.#forward();
    return this.#state;
  }

  /** As #seek(), with nothing remembered: for another picture, or another story. */
  #begin(count: number): void {
    this.#marks = [stateAfter(this.#picture, this.#standing)];
    this.#seek(count);
  }

  #forget(): void {
    const gone = Math.floor(KEPT / 3 / EVERY) * EVERY;
    if (this.#at < gone) return;
    this.#standing = [...this.#standing, ...this.#inputs.slice(0, gone).filter(({ kind }) => STANDING.has(kind))].slice(-300);
    this.#inputs = this.#inputs.slice(gone);
    this.#marks = this.#marks.slice(gone / EVERY);
    this.#at -= gone;
  }
}
