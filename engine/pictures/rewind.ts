import type { FlightEvent } from "#engine/record/events.ts";
import { definePicture, isErrand, lastOf, type Facts, type PictureLook, type Table } from "./picture.ts";
import { box, drawing, element, words } from "./svg.ts";

/** A program that reads a stream, and where it is. */
interface Reader {
  program: string;
  stream: string;
  consumer: string;
  first: number;
  at: number;
  read: number;
  left: number;
  ended: boolean;
}

/** A key of a bucket, and what was last written to it. */
interface Entry {
  bucket: string;
  key: string;
  value: string;
  by: string;
  times: number;
}

/** The state of "rewind". */
export interface Rewind {
  readonly readers: readonly Reader[];
  readonly entries: readonly Entry[];
  /** Messages replayed to other subjects, by program: the newest subject and how many. */
  readonly replayed: Readonly<Record<string, { subject: string; count: number }>>;
  readonly last: Readonly<Record<string, number>>;
}

/** Rewind: programs that read a stream's past, and the read model that comes of it. */
export const rewind = definePicture<Rewind>({
  id: "rewind",
  title: "Rewind",
  looks: "The handle on the tape is where a program reads. On the right grows what it makes of it. A second run from the start must end with the same values.",
  begin: () => ({ readers: [], entries: [], replayed: {}, last: {} }),
  after: (state, input) => (input.kind === "facts" ? known(state, input) : (STEPS[input.kind]?.(state, input) ?? state)),
  draw,
  table,
});

type Step = (state: Rewind, event: FlightEvent) => Rewind;

const STEPS: Partial<Record<FlightEvent["kind"], Step>> = {
  deliver: (state, event) => (event.stream === undefined || event.stream.startsWith("KV_") || event.sequence === undefined ? state : read(state, event)),
  publish: (state, event) => (event.subject?.startsWith("$KV.") ? wrote(state, event) : isErrand(event.subject) ? state : replayed(state, event)),
  exit: (state, { program }) => ({ ...state, readers: state.readers.map((one) => (one.program === program ? { ...one, ended: true } : one)) }),
  disconnect: (state, { program }) => ({ ...state, readers: state.readers.map((one) => (one.program === program ? { ...one, ended: true } : one)) }),
};

function read(state: Rewind, { program = "", stream = "", consumer = "", sequence = 0, pending = 0 }: FlightEvent): Rewind {
  const old = state.readers.find((one) => one.program === program && one.stream === stream && one.consumer === consumer);
  const reader: Reader = { program, stream, consumer, first: old?.first ?? sequence, at: sequence, read: (old?.read ?? 0) + 1, left: pending, ended: false };
  const last = { ...state.last, [stream]: Math.max(state.last[stream] ?? 0, sequence) };
  return { ...state, last, readers: old ? state.readers.map((one) => (one === old ? reader : one)) : lastOf([...state.readers, reader], 6) };
}

function wrote(state: Rewind, { subject = "", payload = "", program: by = "" }: FlightEvent): Rewind {
  const [, bucket = "", ...rest] = subject.split(".");
  const key = rest.join(".");
  const old = state.entries.find((entry) => entry.bucket === bucket && entry.key === key);
  const entry: Entry = { bucket, key, value: payload, by, times: (old?.times ?? 0) + 1 };
  return { ...state, entries: old ? state.entries.map((one) => (one === old ? entry : one)) : lastOf([...state.entries, entry], 40) };
}

/** What a reader publishes while it reads is a replay. */
function replayed(state: Rewind, { program = "", subject = "" }: FlightEvent): Rewind {
  if (!state.readers.some((one) => one.program === program && !one.ended)) return state;
  return { ...state, replayed: { ...state.replayed, [program]: { subject, count: (state.replayed[program]?.count ?? 0) + 1 } } };
}

function known(state: Rewind, { streams }: Facts): Rewind {
  return { ...state, last: { ...state.last, ...Object.fromEntries(streams.map(({ name, last }) => [name, last])) } };
}

function draw(state: Rewind, { width }: PictureLook): string {
  const half = width * 0.55;
  const readers = state.readers.flatMap((reader, index) => drawReader(reader, { y: 30 + index * 62, width: half - 20, last: state.last[reader.stream] ?? reader.at, copied: state.replayed[reader.program] }));
  const values = state.entries.map(({ value }) => Number(value));
  const most = Math.max(1, ...values.filter(Number.isFinite));
  const entries = [...state.entries].sort((a, b) => a.key.localeCompare(b.key)).slice(0, 14).flatMap((entry, index) => drawEntry(entry, { x: half + 8, y: 30 + index * 26, width: width - half - 12, most }));
  const height = Math.max(70, 40 + state.readers.length * 62, 40 + Math.min(14, state.entries.length) * 26);
  const nothing = state.readers.length === 0 ? [words(4, 50, "No program reads a stream now.", { look: "small" })] : [];
  return drawing(width, height, altOf(state), [words(4, 16, "who reads, and where", { look: "name" }), words(half + 8, 16, "what comes of it", { look: "name" }), ...nothing, ...readers, ...entries]);
}

function drawReader({ program, stream, first, at, read, left, ended }: Reader, { y, width, last, copied }: { y: number; width: number; last: number; copied: { subject: string; count: number } | undefined }): string[] {
  const x = (sequence: number) => 4 + ((sequence - 1) / Math.max(1, last - 1)) * width;
  const says = copied ? `replayed ${copied.count}, now ${copied.subject}` : `read ${read}, ${left} left${ended ? ", done" : ""}`;
  return [
    words(4, y + 10, `${program} reads ${stream}`, { look: "name", room: Math.floor(width / 8) }),
    box(4, y + 18, width, 12, "track"), box(x(first), y + 18, Math.max(2, x(at) - x(first)), 12, ended ? "wait good" : "wait"),
    element("polygon", { points: `${x(at).toFixed(1)},${y + 18} ${(x(at) - 5).toFixed(1)},${y + 10} ${(x(at) + 5).toFixed(1)},${y + 10}`, class: "handle" }),
    words(4, y + 44, `sequence ${at} of ${last} · ${says}`, { look: "small", room: Math.floor(width / 6.4) }),
  ];
}

function drawEntry({ key, value, times }: Entry, { x, y, width, most }: { x: number; y: number; width: number; most: number }): string[] {
  const number = Number(value);
  const wide = width * 0.32;
  const bar = Number.isFinite(number) && value !== "" ? [box(x + width * 0.4, y + 4, Math.max(1, (Math.abs(number) / most) * wide), 12, "bar")] : [];
  return [words(x, y + 14, key, { look: "small", room: Math.floor((width * 0.4) / 6.6) }), ...bar, words(x + width - 2, y + 14, `${value}${times > 1 ? ` (${times}×)` : ""}`, { look: "small", anchor: "end", room: 20 })];
}

function altOf({ readers, entries }: Rewind): string {
  return `${readers.map(({ program, stream, at, left }) => `${program} reads ${stream} at sequence ${at}, ${left} left.`).join(" ") || "No program reads a stream."} ${entries.length} keys written.`;
}

function table({ readers, entries, last }: Rewind): Table {
  return {
    head: ["Program or key", "Stream or bucket", "At", "Of", "Read or written", "Value", "Seen as"],
    rows: [
      ...readers.map((one) => [one.program, one.stream, String(one.at), String(last[one.stream] ?? ""), String(one.read), one.ended ? "done" : `${one.left} left`, "wire: the delivery's reply subject"]),
      ...entries.map(({ bucket, key, value, times }) => [key, bucket, "", "", String(times), value, `wire: PUB $KV.${bucket}.${key}`]),
    ],
  };
}
