import width from "string-width";
import wrap from "wrap-ansi";

/** Words of more letters may lose their middle: a subject is seldom as long. */
const LONG = 32;
/** So many letters such a word keeps, half of them on either side. */
const LEAST = 24;
/** What goes on in the next line stands this far in: under who did it, past the time. */
const HANGING = "             ";

/**
 * A line in `room` columns: its longest words (an inbox, a queue group, a payload) lose their middle, so that the end,
 * which mostly tells, is still there. What is longer even then goes on in the next line.
 */
export function fitted(line: string, room: number): string[] {
  let text = line;
  for (let over = width(text) - room; over > 0; over = width(text) - room) {
    const longest = text.split(/\s+/).toSorted((a, b) => b.length - a.length)[0]!;
    const kept = Math.max(LEAST, longest.length - over - 1);
    if (longest.length <= LONG || kept >= longest.length - 1) return goingOn(text, room);
    const head = Math.ceil(kept / 2);
    text = text.replace(longest, () => `${longest.slice(0, head)}…${longest.slice(head - kept)}`);
  }
  return [text];
}

function goingOn(line: string, room: number): string[] {
  const [first = "", ...rest] = wrap(line, room, { hard: true, trim: false }).split("\n");
  if (rest.length === 0) return [first];
  return [first.trimEnd(), ...wrap(rest.join("").trim(), room - HANGING.length, { hard: true }).split("\n").map((text) => HANGING + text)];
}
