/** What a screen needs of a stream; `process.stdout` has it. */
export interface Paper {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

/**
 * A place for a picture that changes. On a terminal the last lines are drawn anew in place; in a pipe a picture that
 * moves is no use, so only what is said appears, line by line.
 */
export class Screen {
  readonly #paper: Paper;
  readonly #live: boolean;
  #drawn = 0;

  /** `live` overrides what the stream says about itself. */
  constructor(paper: Paper, options: { live?: boolean } = {}) {
    this.#paper = paper;
    this.#live = options.live ?? (paper.isTTY === true && process.env.TERM !== "dumb");
  }

  /** Whether pictures move here. */
  get live(): boolean {
    return this.#live;
  }

  /** Draws the picture, in place of the one before. Lines must fit the terminal's width. */
  draw(lines: readonly string[]): void {
    if (!this.#live) return;
    this.#paper.write(`${this.#back()}${lines.map((line) => `${line}\n`).join("")}`);
    this.#drawn = lines.length;
  }

  /** Says something that stays, above the picture. */
  say(text: string): void {
    this.#paper.write(`${this.#back()}${text}\n`);
    this.#drawn = 0;
  }

  /** Leaves the picture where it is: what comes goes below it. */
  keep(): void {
    this.#drawn = 0;
  }

  // To the first line of the picture, and everything from there on erased.
  #back(): string {
    return this.#drawn > 0 ? `\u001b[${this.#drawn}F\u001b[0J` : "";
  }
}
