import wrap from "wrap-ansi";

/** One key of the conversation. The help and the line under a verdict are made from this table (an idea of vitest's). */
export interface Key {
  key: string;
  word: string;
  /** One line in the help. */
  says: string;
}

export const KEYS: readonly Key[] = [
  { key: "h", word: "hint", says: "the next hint for the check that fails" },
  { key: "r", word: "run", says: "run the lesson's programs here; 3 r runs three copies" },
  { key: "o", word: "orders", says: "place six orders, as the shop; 9 o places nine" },
  { key: "s", word: "stop", says: "stop the programs that r started" },
  { key: "c", word: "check", says: "check again, although nothing changed" },
  { key: "d", word: "diff", says: "yours beside the solution; before a pass it asks twice" },
  { key: "t", word: "timeline", says: "what the last run saw, event by event" },
  { key: "b", word: "break it", says: "run a wrong program and see what happens; yours is safe" },
  { key: "e", word: "edit", says: "open the program in your editor" },
  { key: "w", word: "page", says: "open this lesson's page in your browser" },
  { key: "x", word: "reset", says: "lay the starter again; your text is kept" },
  { key: "u", word: "undo", says: "bring back what the last reset replaced" },
  { key: "n", word: "next", says: "the next lesson" },
  { key: "p", word: "previous", says: "the lesson before" },
  { key: "g", word: "go to", says: "4 g goes to lesson 4" },
  { key: "l", word: "list", says: "all lessons, and how far you are" },
  { key: "?", word: "help", says: "these keys" },
  { key: "q", word: "quit", says: "close the workshop; Ctrl-C does the same" },
];

/** The help: every key with its line, within the screen's width. */
export function helpText(columns: number): string {
  const rows = KEYS.flatMap(({ key, word, says }) => {
    const [first, ...rest] = wrap(says, columns - INDENT).split("\n");
    return [`  ${key}  ${word.padEnd(9)} ${first}`, ...rest.map((line) => `${" ".repeat(INDENT)}${line}`)];
  });
  const notes = [SCRIPTS, SERVER].map((note) => wrap(note, columns - 2).replaceAll(/^/gm, "  "));
  return ["", ...rows, "", ...notes].join("\n");
}

const SCRIPTS = "Most have an npm script too (README.md).";
const SERVER = "A program you start by hand in another terminal finds its server while this is open.";
const INDENT = 15;

/** The line under a verdict: the keys that matter now, in as many lines as the width asks for. */
export function keyLine(keys: string, columns: number): string {
  const items = [...keys].map((key) => `${key} ${KEYS.find((one) => one.key === key)?.word ?? ""}`);
  const lines = [""];
  for (const item of items) {
    const longer = [lines.at(-1), item].filter(Boolean).join("  ·  ");
    if (longer.length <= columns) lines[lines.length - 1] = longer;
    else lines.push(item);
  }
  return lines.join("\n");
}
