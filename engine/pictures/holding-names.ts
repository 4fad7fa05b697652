import type { HeldMessage } from "./holding.ts";

/** The order's number in a subject, its last part. */
export function shortOf({ subject, sequence }: Pick<HeldMessage, "subject" | "sequence">): string {
  return subject.split(".").at(-1) || `#${sequence}`;
}
