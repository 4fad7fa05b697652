import type { FlightEvent } from "#engine/record/events.ts";

/** A story as lines, and the indices of those where it turns. */
export interface Story {
  lines: string[];
  turns: number[];
}

/**
 * Events as lines a person reads: time in seconds, who, what, and what about it.
 * Runs of like events are folded into one line with a count.
 */
export function timeline(events: readonly FlightEvent[]): string[] {
  return tell(events).lines;
}

/** The same, with the lines that must not be left out: where a message comes again, is given back or refused, where somebody is stopped or ends; in their place the events of `proof`, where a check names them. */
export function tell(events: readonly FlightEvent[], proof: readonly FlightEvent[] = []): Story {
  const who = Math.max(8, ...events.map((event) => (event.program ?? "").length));
  const folded = fold(events, proof);
  const lines = folded.map(({ event, times }) => {
    const seconds = `${(event.t / 1000).toFixed(3)} s`.padStart(9);
    return `${seconds}  ${(event.program ?? "").padEnd(who)}  ${describe(event)}${times > 1 ? `   (and ${times - 1} more like it)` : ""}`;
  });
  return { lines, turns: folded.flatMap(({ event }, index) => ((proof.length > 0 ? proof.includes(event) : turns(event)) ? [index] : [])) };
}

/** One event in the words of the wire: `PUB orders.placed.eu.1 (64 bytes)`. */
export function describe(event: FlightEvent): string {
  const say = WORDS[event.kind];
  if (say) return say(event).replaceAll(INBOX, "_INBOX.…");
  return [event.kind, event.subject, event.note].filter(Boolean).join(" ");
}

/** An inbox as clients make them up: twenty-two letters that tell a reader nothing. One with a name of its own stays. */
const INBOX = /_INBOX\.[A-Z0-9]{20,}(?:\.\S+)?/g;

type Say = (event: FlightEvent) => string;

const WORDS: Partial<Record<FlightEvent["kind"], Say>> = {
  connect: (e) => `connects${e.note ? ` as "${e.note}"` : ""}`,
  disconnect: (e) => `is disconnected${e.note ? ` (${e.note})` : ""}`,
  subscribe: (e) => `SUB ${e.subject}${e.queue ? ` in queue group ${e.queue}` : ""}`,
  unsubscribe: (e) => `UNSUB ${e.subject ?? ""}${e.note ? ` (${e.note})` : ""}`,
  publish: (e) => `PUB ${e.subject}${e.reply ? " (asks for a reply)" : ""}${e.payload ? `  ${short(e)}` : ""}`,
  deliver: (e) => e.status !== undefined ? `is refused: error ${e.status}${e.note ? `, ${e.note}` : ""}` : `gets ${e.deliveries && e.deliveries > 1 ? `for the ${ordinal(e.deliveries)} time ` : ""}${e.subject}${e.sequence ? ` (stream sequence ${e.sequence})` : ""}`,
  puback: (e) => (e.status ? `is refused: error ${e.status}${e.note ? `, ${e.note}` : ""}` : `PubAck ${e.stream} sequence ${e.sequence}${e.note ? ` (${e.note})` : ""}`),
  pull: (e) => `asks for ${e.batch ?? "some"} message${e.batch === 1 ? "" : "s"} from ${e.stream}/${e.consumer}`,
  ack: (e) => `acks stream sequence ${e.sequence}`,
  nak: (e) => `naks stream sequence ${e.sequence}${e.note ? ` (${e.note})` : ""}`,
  term: (e) => `terminates stream sequence ${e.sequence}`,
  progress: (e) => `says it is still working on sequence ${e.sequence}`,
  status: (e) => `gets status ${e.status}${e.note ? ` ${e.note}` : ""}${e.subject ? ` for ${e.subject}` : ""}`,
  start: (e) => `starts${e.life && e.life > 1 ? ` again (life ${e.life})` : ""}`,
  ready: () => "is ready",
  signal: (e) => `receives ${e.note}`,
  exit: (e) => `ends${e.note ? ` (${e.note})` : ""}`,
  call: (e) => `calls ${e.service}${e.order ? ` for ${e.order}` : ""}${e.note ? ` (${e.note})` : ""}`,
  answer: (e) => `${e.service}${e.order ? ` for ${e.order}` : ""} ${e.status ? `answers ${e.status}` : "gets no answer"}${e.note ? ` (${e.note})` : ""}`,
  fault: (e) => onPurpose(e.note ?? ""),
  undo: (e) => `on purpose no more: ${e.note}`,
};

const FRAMES: Record<string, string> = { puback: "the PubAck", ack: "the ack", deliver: "the message", publish: "the message", pull: "the request for messages" };

/** A fault of the check's own making, so that nobody takes it for the program's: `held: puback`, `lost: ack`, or the name of a standing one. */
function onPurpose(note: string): string {
  const [, verb, frame = ""] = /^(held|lost): (\w+)$/.exec(note) ?? [];
  return verb ? `on purpose, ${FRAMES[frame] ?? frame} is ${verb === "held" ? "kept back" : "lost"}` : `on purpose: ${note}`;
}

function short(event: FlightEvent): string {
  const text = event.payload ?? "";
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

const TURNS = new Set<FlightEvent["kind"]>(["nak", "term", "signal", "exit"]);

function turns({ kind, deliveries = 1, status = 0 }: FlightEvent): boolean {
  return TURNS.has(kind) || (kind === "deliver" && deliveries > 1) || status >= 400;
}

function ordinal(n: number): string {
  return n === 2 ? "second" : n === 3 ? "third" : `${n}th`;
}

function fold(events: readonly FlightEvent[], apart: readonly FlightEvent[]): { event: FlightEvent; times: number }[] {
  const folded: { event: FlightEvent; times: number }[] = [];
  for (const event of events) {
    const last = folded.at(-1);
    if (last && alike(last.event, event) && !apart.includes(event) && !apart.includes(last.event)) last.times++;
    else folded.push({ event, times: 1 });
  }
  return folded;
}

function alike(a: FlightEvent, b: FlightEvent): boolean {
  return a.kind === b.kind && a.program === b.program && a.kind !== "subscribe" && a.subject?.split(".").slice(0, 2).join() === b.subject?.split(".").slice(0, 2).join() && a.service === b.service && a.status === b.status && again(a) === again(b);
}

/** Whether a message came another time: that is not like the first. */
function again({ deliveries = 1 }: FlightEvent): boolean {
  return deliveries > 1;
}
