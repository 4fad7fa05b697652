/** The last part of a text that grows: a ring of lines, at most `limit` characters. */
export class Tail {
  #text = "";
  readonly #limit: number;

  constructor(limit = 256 * 1024) {
    this.#limit = limit;
  }

  add(text: string): void {
    this.#text += text;
    // Cut at twice the limit, so that a flood of lines is not copied line by line.
    if (this.#text.length > 2 * this.#limit) this.#text = this.#text.slice(-this.#limit);
  }

  /** All that is kept. */
  text(): string {
    return this.#text.slice(-this.#limit);
  }

  /** The last lines, indented, for an error. */
  lines(count: number): string {
    return this.#text.trimEnd().split("\n").slice(-count).map((line) => `  ${line}`).join("\n");
  }
}
