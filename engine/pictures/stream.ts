import type { FlightEvent } from "#engine/record/events.ts";
import { definePicture, lastPart, type Facts, type PictureLook, type Table } from "./picture.ts";
import { box, drawing, element, escaped, words } from "./svg.ts";

/** What a consumer made of one message. */
type Mark = "out" | "done" | "back" | "ended";

interface Cursor {
  name: string;
  /** By sequence, of those near the end. */
  marks: ReadonlyMap<number, Mark>;
  delivered: number;
  ackFloor: number;
  pending: number;
  redelivered: number;
}

interface Tape {
  name: string;
  first: number;
  last: number;
  /** Subjects by sequence, of those near the end. */
  cells: ReadonlyMap<number, string>;
  consumers: readonly Cursor[];
}

/** The state of "the stream and its cursors". */
export interface Streams {
  readonly tapes: readonly Tape[];
}

/** So many sequences are kept behind the end. */
const KEPT = 200;

/** The stream and its cursors: a row of numbered messages, and what each consumer has made of them. */
export const stream = definePicture<Streams>({
  id: "stream",
  title: "The stream and its cursors",
  looks: "Messages stay where they are; what moves is each consumer's mark. The ack floor waits for the oldest message that is not acked.",
  begin: () => ({ tapes: [] }),
  after: (state, input) => (input.kind === "facts" ? known(state, input) : (STEPS[input.kind]?.(state, input) ?? state)),
  draw,
  table,
});

type Step = (state: Streams, event: FlightEvent) => Streams;

const STEPS: Partial<Record<FlightEvent["kind"], Step>> = {
  puback: (state, event) => (event.status === undefined && event.sequence !== undefined ? stored(state, event) : state),
  deliver: (state, event) => (event.consumer === undefined ? state : marked(stored(state, event), event, event.deliveries && event.deliveries > 1 ? "back" : "out")),
  ack: (state, event) => marked(state, event, "done"),
  term: (state, event) => marked(state, event, "ended"),
  nak: (state, event) => marked(state, event, "back"),
};

const NO_TAPE = { first: 1, last: 0, cells: new Map<number, string>(), consumers: [] };
const NO_CURSOR = { marks: new Map<number, Mark>(), delivered: 0, ackFloor: 0, pending: 0, redelivered: 0 };

function stored(state: Streams, { stream: name, sequence = 0, subject = "" }: FlightEvent): Streams {
  if (name === undefined) return state;
  return withTape(state, name, (tape) => {
    const last = Math.max(tape.last, sequence);
    return { ...tape, last, cells: near(new Map(tape.cells).set(sequence, subject), last) };
  });
}

function marked(state: Streams, { stream: name, consumer, sequence = 0, pending, deliveries = 1 }: FlightEvent, mark: Mark): Streams {
  if (name === undefined || consumer === undefined) return state;
  return withTape(state, name, (tape) => withCursor(tape, consumer, (cursor) => {
    const marks = near(new Map(cursor.marks).set(sequence, cursor.marks.get(sequence) === "done" ? "done" : mark), tape.last);
    const delivered = Math.max(cursor.delivered, sequence);
    return { ...cursor, marks, delivered, ackFloor: floorOf({ ...cursor, marks, delivered }), pending: pending ?? cursor.pending, redelivered: cursor.redelivered + (mark === "back" && deliveries > 1 ? 1 : 0) };
  }));
}

/** The last sequence up to which everything that was delivered is done. */
function floorOf({ marks, delivered, ackFloor }: Cursor): number {
  const open = [...marks].filter(([sequence, mark]) => sequence > ackFloor && mark !== "done" && mark !== "ended").map(([sequence]) => sequence);
  return open.length > 0 ? Math.max(ackFloor, Math.min(...open) - 1) : Math.max(ackFloor, delivered);
}

function known(state: Streams, { streams }: Facts): Streams {
  const tapes = streams.filter(({ name }) => !name.startsWith("KV_")).map((facts): Tape => {
    const tape = state.tapes.find(({ name }) => name === facts.name) ?? { name: facts.name, ...NO_TAPE };
    const consumers = facts.consumers.map(({ name, delivered, ackFloor, pending, redelivered }): Cursor => ({ name, marks: tape.consumers.find((one) => one.name === name)?.marks ?? NO_CURSOR.marks, delivered, ackFloor, pending, redelivered }));
    return { ...tape, first: facts.first, last: facts.last, cells: near(tape.cells, facts.last), consumers };
  });
  return { tapes };
}

function near<T>(map: ReadonlyMap<number, T>, last: number): ReadonlyMap<number, T> {
  if (map.size <= KEPT) return map;
  return new Map([...map].filter(([sequence]) => sequence > last - KEPT));
}

function withTape(state: Streams, name: string, change: (tape: Tape) => Tape): Streams {
  const old = state.tapes.find((tape) => tape.name === name);
  const tape = change(old ?? { name, ...NO_TAPE });
  return { tapes: old ? state.tapes.map((one) => (one === old ? tape : one)) : [...state.tapes, tape] };
}

function withCursor(tape: Tape, name: string, change: (cursor: Cursor) => Cursor): Tape {
  const old = tape.consumers.find((cursor) => cursor.name === name);
  const cursor = change(old ?? { name, ...NO_CURSOR });
  return { ...tape, consumers: old ? tape.consumers.map((one) => (one === old ? cursor : one)) : [...tape.consumers, cursor] };
}

const CELL = 26;
const SIGNS: Record<Mark, string> = { out: "●", back: "↻", done: "✓", ended: "✗" };

function draw({ tapes }: Streams, { width }: PictureLook): string {
  if (tapes.length === 0) return drawing(width, 40, "No stream is known yet.", [words(width / 2, 24, "No stream is known yet.", { look: "small", anchor: "middle" })]);
  let y = 0;
  const parts = tapes.slice(0, 3).flatMap((tape) => {
    const drawn = drawTape(tape, width, y);
    y += drawn.height;
    return drawn.parts;
  });
  return drawing(width, y, altOf(tapes), parts);
}

function drawTape(tape: Tape, width: number, top: number): { height: number; parts: string[] } {
  const room = Math.max(4, Math.floor((width - 130) / CELL));
  const from = Math.max(Math.min(tape.first, tape.last), tape.last - room + 1, 1);
  const sequences = Array.from({ length: Math.max(0, tape.last - from + 1) }, (_, index) => from + index);
  const x = (sequence: number) => 120 + (sequence - from) * CELL;
  const cells = sequences.flatMap((sequence) => {
    const subject = tape.cells.get(sequence);
    const gone = sequence < tape.first;
    const title = element("title", {}, escaped(`${sequence}: ${subject ?? "stored before this page was open"}`));
    return [element("g", {}, title + box(x(sequence), top + 24, CELL - 3, 26, gone ? "cell gone" : "cell") + words(x(sequence) + CELL / 2 - 1, top + 41, String(sequence), { look: "small", anchor: "middle" }))];
  });
  const consumers = tape.consumers.slice(0, 5).flatMap((cursor, row) => drawCursor(cursor, { x, sequences, y: top + 60 + row * 34, width }));
  const hidden = from > tape.first ? [words(114, top + 41, `${from - tape.first} before`, { look: "small", anchor: "end" })] : [];
  return { height: 74 + Math.min(5, tape.consumers.length) * 34, parts: [words(4, top + 15, `${tape.name}: ${tape.last < tape.first ? 0 : tape.last - tape.first + 1} messages, sequence ${tape.first} to ${tape.last}`, { look: "name" }), ...cells, ...hidden, ...consumers] };
}

function drawCursor({ name, marks, delivered, ackFloor, pending }: Cursor, { x, sequences, y, width }: { x: (sequence: number) => number; sequences: number[]; y: number; width: number }): string[] {
  const signs = sequences.flatMap((sequence) => {
    const mark = sequence <= ackFloor ? "done" : marks.get(sequence);
    return mark ? [words(x(sequence) + CELL / 2 - 1, y + 12, SIGNS[mark], { look: `mark ${mark}`, anchor: "middle" })] : [];
  });
  const first = sequences[0] ?? 1;
  const line = (sequence: number, look: string) => (sequence >= first - 1 ? [element("line", { x1: x(sequence + 1) - 2, x2: x(sequence + 1) - 2, y1: y - 4, y2: y + 18, class: look })] : []);
  return [words(4, y + 8, name, { look: "name", room: 14 }), words(4, y + 21, `${pending} waiting`, { look: "small" }), ...signs, ...line(ackFloor, "floor"), ...line(delivered, "front"), words(Math.min(width - 4, x((sequences.at(-1) ?? 0) + 1)), y + 25, `ack floor ${ackFloor} · delivered ${delivered}`, { look: "small", anchor: "end" })];
}

function altOf(tapes: readonly Tape[]): string {
  return tapes.map(({ name, first, last, consumers }) => `Stream ${name} keeps sequence ${first} to ${last}. ${consumers.map((one) => `${one.name}: ack floor ${one.ackFloor}, delivered ${one.delivered}, ${one.pending} waiting.`).join(" ")}`).join(" ");
}

function table({ tapes }: Streams): Table {
  return {
    head: ["Stream", "Consumer", "First", "Last", "Delivered", "Ack floor", "Waiting", "Newest subject", "Seen as"],
    rows: tapes.flatMap((tape) => {
      const own = [String(tape.first), String(tape.last)];
      const newest = lastPart(tape.cells.get(tape.last) ?? "");
      if (tape.consumers.length === 0) return [[tape.name, "none", ...own, "", "", "", newest, "wire: PubAck; server: /jsz"]];
      return tape.consumers.map((one) => [tape.name, one.name, ...own, String(one.delivered), String(one.ackFloor), String(one.pending), newest, "wire: delivery and ack; server: /jsz"]);
    }),
  };
}
