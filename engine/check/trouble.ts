import type { Trouble } from "./verdict.ts";

/** Expected faults keep their own words; the rest is ours, and says so. */
export function troubleOf(error: unknown): Trouble {
  const { message, next, stack } = error as Error & { next?: string };
  if (typeof next === "string") return { text: message, next };
  return {
    text: `The workshop itself failed, not your program: ${message}`,
    next: "npm run doctor",
    ...(stack ? { stack } : {}),
  };
}
