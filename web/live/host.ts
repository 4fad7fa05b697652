import type { House } from "#engine/house/house.ts";
import type { Lesson } from "#engine/lessons/catalogue.ts";

/** What the page can ask of the conversation behind it; the same functions as its keys. */
export interface Host {
  readonly house: House;
  /** The lesson that is open in the house. */
  readonly lesson: Lesson;
  /** Programs that were started here and run. */
  readonly running: string[];
  /** Presses keys of the conversation, as a person would: `3r` runs three copies. */
  press(keys: string): void;
  /** SIGKILL to one program that was started here; false where none of that name runs. */
  crash(program: string): boolean;
}
