import type { CheckVerdict } from "#engine/check/verdict.ts";
import type { House } from "#engine/house/house.ts";
import type { Lesson } from "#engine/lessons/catalogue.ts";
import type { WarmPool } from "#engine/programs/pool.ts";
import type { Look } from "#engine/report/terminal.ts";

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
  /** Told what the page shows as well: a lesson was opened, a check has begun, a check came out. */
  tell?: (news: LoopNews) => void;
}

/** What happens in the conversation, for those who show it elsewhere. A verdict is in its file (`progress/verdicts.ts`). */
export type LoopNews = { lesson: string } & ({ kind: "opened" } | { kind: "checking" } | { kind: "check"; check: CheckVerdict } | { kind: "printed"; program: string; text: string } | { kind: "trouble"; text: string; next: string });
