import { ANOTHER_HOUSE, FALSE_FRIENDS } from "./check.elsewhere.ts";
import { WHO_KEEPS, WHO_WAITS } from "./check.here.ts";

/** What may be chosen. The first and the last need no broker. */
export const CHOICES = ["http", "core-nats", "request-reply", "jetstream", "kv", "kafka", "rabbitmq", "database"] as const;
export type Choice = (typeof CHOICES)[number];

/** The choices that are NATS. */
export const NATS: readonly string[] = ["core-nats", "request-reply", "jetstream", "kv"];

/** The ways to choose badly; each is a diagnosis. */
export type Mistake =
  | "middleman" | "no-answer" | "one-for-many" | "keeps-the-worthless" | "forgets" | "store-tells-nobody"
  | "no-transaction" | "taken-and-gone" | "builds-what-exists" | "hands-to-anyone" | "subject-is-no-partition" | "prefetch-is-per-worker";

/** What a colleague says to one choice in one situation, and where that can be looked up. */
export interface Argument {
  says: string;
  /** `lesson 3`, or a reference of docs/comparison.md or docs/patterns.md. */
  see: string;
  /** Absent where the choice is right. */
  mistake?: Mistake;
}

/** One of the twelve. */
export interface Situation {
  id: string;
  /** The fact that decides, as it stands in the README. */
  decides: string;
  answers: Record<Choice, Argument>;
}

/** All twelve by the check that asks them, in the README's order. */
export const SITUATIONS = {
  "who-waits": WHO_WAITS,
  "who-keeps": WHO_KEEPS,
  "another-house": ANOTHER_HOUSE,
  "false-friends": FALSE_FRIENDS,
} satisfies Record<string, Situation[]>;

export const ALL: readonly Situation[] = Object.values(SITUATIONS).flat();

/** The choices that fit a situation. */
export function rightOnes(situation: Situation): Choice[] {
  return CHOICES.filter((choice) => !situation.answers[choice].mistake);
}
