/**
 * An expected error: the text says the action, the required and the current state; `next` is what to type.
 * Scripts print both and no stack, and exit with 2.
 */
export class Refusal extends Error {
  readonly next: string;

  constructor(text: string, next: string, options?: ErrorOptions) {
    super(text, options);
    this.name = "Refusal";
    this.next = next;
  }
}
