/** Something that is to be seen once a step's commands have run. Counts begin with the step's first command. */
export type Sight = { text: string; note: string } & (
  | { kind: "prints"; program: string; pattern: RegExp; count: Count }
  | { kind: "ends"; program: string; code?: number }
  | { kind: "stays"; program: string }
  /** Effects in the world's ledger. */
  | { kind: "happens"; service: string; count: Count }
  /** The most calls of one service that were open at the same time. */
  | { kind: "at-once"; service: string; count: Count }
  | { kind: "carries"; service: string; header: string }
  | { kind: "holds"; stream: string; messages: number }
  | { kind: "all-charged" }
  | { kind: "again" }
);

/** How often: exactly, at least or at most. */
export interface Count {
  least: number;
  most: number;
}

/** Reads one line of a step's `### See`: a code span that can be judged, and a note. Undefined when it is not understood. */
export function parseSight(item: string): Sight | undefined {
  const [, text, note = ""] = /^`([^`]+)`\s*(.*)$/.exec(item.trim()) ?? [];
  if (text === undefined) return undefined;
  const seen = read(text);
  return seen && ({ text, note, ...seen } as Sight);
}

function read(text: string): object | undefined {
  const prints = /^(\S+) (never )?prints \/(.+)\/(i?)(?: (.+))?$/.exec(text);
  if (prints) {
    const [, program, never, source = "", flags, count] = prints;
    const times = never ? NEVER : countOf(count ?? "at least once");
    return times && { kind: "prints", program, pattern: new RegExp(source, flags), count: times };
  }
  const happens = /^(charge|reserve|ship|mail) (?:(never) happens|happens (.+))$/.exec(text);
  if (happens) {
    const count = happens[2] ? NEVER : countOf(happens[3] ?? "");
    return count && { kind: "happens", service: happens[1], count };
  }
  const open = /^(charge|reserve|ship|mail) has (.+) at once$/.exec(text);
  if (open) {
    const count = countOf(`${open[2]} times`);
    return count && { kind: "at-once", service: open[1], count };
  }
  const carries = /^(charge|reserve|ship|mail) carries (\S+)$/.exec(text);
  if (carries) return { kind: "carries", service: carries[1], header: carries[2] };
  const ends = /^(\S+) (?:ends(?: with code (\d+))?|(never) ends)$/.exec(text);
  if (ends) return ends[3] ? { kind: "stays", program: ends[1] } : { kind: "ends", program: ends[1], ...(ends[2] ? { code: Number(ends[2]) } : {}) };
  const holds = /^([A-Z]+) holds (\d+) messages?$/.exec(text);
  if (holds) return { kind: "holds", stream: holds[1], messages: Number(holds[2]) };
  if (text === "every placed order is charged") return { kind: "all-charged" };
  if (text === "a message comes again") return { kind: "again" };
  return undefined;
}

const NEVER: Count = { least: 0, most: 0 };

function countOf(words: string): Count | undefined {
  const [, bound, number] = /^(at least |at most )?(once|twice|\d+ times)$/.exec(words.trim()) ?? [];
  if (!number) return undefined;
  const n = number === "once" ? 1 : number === "twice" ? 2 : Number.parseInt(number, 10);
  return { least: bound === "at most " ? 0 : n, most: bound === "at least " ? Infinity : n };
}
