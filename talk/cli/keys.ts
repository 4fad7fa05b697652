import type { View } from "../text/parse.ts";
import type { Session } from "../session/session.ts";

/** One key of the talk in the terminal; stage and desk have the same. */
export interface TalkKey {
  /** What the terminal sends. */
  codes: string[];
  name: string;
  says: string;
  act: (session: Session) => Promise<unknown> | void;
}

const VIEWS: View[] = ["slide", "code", "terminal", "picture"];
const SPEEDS = ["at once", "line by line", "typed"] as const;

export const TALK_KEYS: readonly TalkKey[] = [
  { codes: ["\r", "\n", " ", "n", "\u001B[C", "\u001B[6~"], name: "→", says: "the next command, or the next step (also Enter, space, PageDown of a clicker)", act: (session) => session.next() },
  { codes: ["p", "\u001B[D", "\u001B[5~"], name: "←", says: "one step back: files, server and programs (also PageUp)", act: (session) => session.back() },
  { codes: ["q"], name: "q", says: "a question: the plan stands still; q again goes on", act: (session) => session.question() },
  { codes: ["s"], name: "s", says: "leave out what the desk proposes", act: (session) => session.skipProposed() },
  { codes: ["x"], name: "x", says: "panic: the step's known-good state; x again plays the rehearsal", act: (session) => session.panic() },
  { codes: ["v"], name: "v", says: "the stage's next view: slide, code, terminal, picture", act: (session) => session.show(VIEWS[(VIEWS.indexOf(session.view) + 1) % VIEWS.length]!) },
  { codes: ["m"], name: "m", says: "how code comes: at once, line by line, typed by you", act: (session) => session.setSpeed(SPEEDS[(SPEEDS.indexOf(session.speed) + 1) % SPEEDS.length]!) },
];

/** The key that the terminal sent. */
export function keyFor(code: string): TalkKey | undefined {
  return TALK_KEYS.find(({ codes }) => codes.includes(code));
}

const SEQUENCES = new RegExp(`${"\u001B"}\\[[0-9;]*[A-Za-z~]|[^]`, "g");

/** What a terminal sends, cut into keys: letters, and sequences that begin with Escape. */
export function keysIn(text: string): string[] {
  return text.match(SEQUENCES) ?? [];
}

/** The keys as a person reads them. */
export function keyHelp(): string[] {
  return [...TALK_KEYS.map(({ name, says }) => `  ${name}  ${says}`), "  Ctrl-C  close; npm run talk goes on where it was"];
}
