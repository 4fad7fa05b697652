import type { FlightEvent } from "#engine/record/events.ts";
import { definePicture, isErrand, seconds, type Facts, type PictureLook, type Table } from "./picture.ts";
import { box, drawing, polyline, stroke, words } from "./svg.ts";

/** What happened in one slice of time. */
interface Slice {
  /** Number of the slice. */
  at: number;
  published: number;
  delivered: number;
  acked: number;
  /** The most that waited and the most that was in flight in it. */
  waiting: number;
  flying: number;
}

/** The state of "pressure". */
export interface Pressure {
  readonly slices: readonly Slice[];
  readonly waiting: number;
  /** Calls to the world that are open. */
  readonly flying: number;
  /** Deliveries not acked, by stream, consumer and sequence: when they came. */
  readonly out: ReadonlyMap<string, number>;
  /** How long deliveries took until their ack, in milliseconds, newest last. */
  readonly waits: readonly number[];
  readonly refused: number;
}

/** Milliseconds in a slice, and how many slices are shown: half a minute. */
const SLICE_MS = 500;
const SHOWN = 60;
/** Upper ends of the latency classes, in milliseconds. */
const CLASSES = [1, 3, 10, 30, 100, 300, 1_000, 3_000, Infinity];

/** Pressure: rates, what waits, what is in flight, and how long an ack takes. */
export const pressure = definePicture<Pressure>({
  id: "pressure",
  title: "Pressure",
  looks: "While acks keep up with publishing, what waits stays low. When it grows, look at what is in flight: full means the workers are slow, empty means nobody asks.",
  begin: () => ({ slices: [], waiting: 0, flying: 0, out: new Map(), waits: [], refused: 0 }),
  after: (state, input) => (input.kind === "facts" ? known(state, input) : (STEPS[input.kind]?.(state, input, 1) ?? state)),
  draw,
  table,
});

type Step = (state: Pressure, event: FlightEvent, times: number) => Pressure;

const STEPS: Partial<Record<FlightEvent["kind"], Step>> = {
  publish: (state, event, times) => (event.subject !== undefined && isErrand(event.subject) ? state : counted(state, event, { published: times })),
  deliver: (state, event, times) => {
    if (event.subject !== undefined && isErrand(event.subject)) return state;
    const waiting = event.pending ?? state.waiting;
    const out = event.sequence === undefined ? state.out : trimmed(new Map(state.out).set(keyOf(event), event.t));
    return counted({ ...state, waiting, out }, event, { delivered: times });
  },
  ack: (state, event, times) => {
    const since = state.out.get(keyOf(event));
    if (since === undefined) return counted(state, event, { acked: times });
    const out = new Map(state.out);
    out.delete(keyOf(event));
    return counted({ ...state, out, waits: [...state.waits.slice(-199), event.t - since] }, event, { acked: times });
  },
  puback: (state, event) => (event.status === undefined ? state : { ...state, refused: state.refused + 1 }),
  call: (state, event, times) => counted({ ...state, flying: state.flying + times }, event, {}),
  answer: (state, event, times) => counted({ ...state, flying: Math.max(0, state.flying - times) }, event, {}),
  count: (state, event) => (event.of === undefined || event.of === "count" ? state : (STEPS[event.of]?.(state, { ...event, kind: event.of }, event.count ?? 0) ?? state)),
};

function keyOf({ stream, consumer, sequence }: FlightEvent): string {
  return `${stream} ${consumer} ${sequence}`;
}

function trimmed(out: Map<string, number>): Map<string, number> {
  const oldest = out.size > 500 ? out.keys().next() : undefined;
  if (oldest && !oldest.done) out.delete(oldest.value);
  return out;
}

function counted(state: Pressure, { t }: Pick<FlightEvent, "t">, more: Partial<Pick<Slice, "published" | "delivered" | "acked">>): Pressure {
  const at = Math.floor(t / SLICE_MS);
  const last = state.slices.at(-1);
  const old = last?.at === at ? last : { at, published: 0, delivered: 0, acked: 0, waiting: 0, flying: 0 };
  const slice: Slice = {
    at, published: old.published + (more.published ?? 0), delivered: old.delivered + (more.delivered ?? 0), acked: old.acked + (more.acked ?? 0),
    waiting: Math.max(old.waiting, state.waiting), flying: Math.max(old.flying, state.flying),
  };
  return { ...state, slices: [...(last === old ? state.slices.slice(0, -1) : state.slices.slice(1 - SHOWN)), slice] };
}

function known(state: Pressure, { t, streams }: Facts): Pressure {
  const waiting = streams.flatMap(({ consumers }) => consumers.map(({ pending }) => pending)).reduce((sum, one) => sum + one, 0);
  return counted({ ...state, waiting }, { t }, {});
}

function draw(state: Pressure, { now, width }: PictureLook): string {
  const end = Math.floor(now / SLICE_MS);
  const shown = state.slices.filter(({ at }) => at > end - SHOWN);
  const half = width < 640 ? width : width / 2 - 8;
  const place = width < 640 ? [[0, 0], [0, 170], [0, 340]] as const : [[0, 0], [half + 16, 0], [0, 170]] as const;
  const frame = { shown, end, width: half };
  const rates = chart({ ...frame, x: place[0][0], y: place[0][1], title: "per second", lines: [["published", (s) => (s.published * 1_000) / SLICE_MS], ["delivered", (s) => (s.delivered * 1_000) / SLICE_MS], ["acked", (s) => (s.acked * 1_000) / SLICE_MS]] });
  const loads = chart({ ...frame, x: place[1][0], y: place[1][1], title: "at once", lines: [["waiting", (s) => s.waiting], ["in flight", (s) => s.flying]] });
  const height = place[2][1] + 150;
  return drawing(width, height, altOf(state, now), [...rates, ...loads, ...histogram(state.waits, { x: place[2][0], y: place[2][1], width })]);
}

interface Chart {
  shown: readonly Slice[];
  end: number;
  x: number;
  y: number;
  width: number;
  title: string;
  lines: [name: string, value: (slice: Slice) => number][];
}

function chart({ shown, end, x, y, width, title, lines }: Chart): string[] {
  const most = Math.max(1, ...shown.flatMap((slice) => lines.map(([, value]) => value(slice))));
  const px = (at: number) => x + 44 + ((at - end + SHOWN) / SHOWN) * (width - 54);
  const py = (value: number) => y + 140 - (value / most) * 92;
  const drawn = lines.flatMap(([name, value], index) => [
    polyline(shown.map((slice) => [px(slice.at), py(value(slice))] as const), `line l${index}`),
    words(x + 44 + index * 128, y + 34, `${["━", "┅", "┉"][index]} ${name} ${Math.round(value(shown.at(-1) ?? { at: 0, published: 0, delivered: 0, acked: 0, waiting: 0, flying: 0 }))}`, { look: `small l${index}` }),
  ]);
  return [words(x + 4, y + 16, title, { look: "name" }), stroke(x + 44, y + 140, x + width - 10, y + 140, "axis"), words(x + 40, y + 52, String(Math.round(most)), { look: "small", anchor: "end" }), words(x + 40, y + 143, "0", { look: "small", anchor: "end" }), ...drawn];
}

function histogram(waits: readonly number[], { x, y, width }: { x: number; y: number; width: number }): string[] {
  const counts = classesOf(waits);
  const most = Math.max(1, ...counts);
  const wide = (width - 54) / CLASSES.length;
  const bars = counts.flatMap((count, index) => {
    const tall = (count / most) * 74;
    return [box(x + 44 + index * wide, y + 118 - tall, wide - 6, tall, "bar"), words(x + 44 + index * wide + wide / 2 - 3, y + 134, labelOf(index), { look: "small", anchor: "middle" }), ...(count > 0 ? [words(x + 44 + index * wide + wide / 2 - 3, y + 114 - tall, String(count), { look: "small", anchor: "middle" })] : [])];
  });
  return [words(x + 4, y + 16, "from delivery to ack, the last 200", { look: "name" }), ...bars];
}

function classesOf(waits: readonly number[]): number[] {
  return CLASSES.map((top, index) => waits.filter((wait) => wait <= top && wait > (CLASSES[index - 1] ?? -1)).length);
}

function labelOf(index: number): string {
  const top = CLASSES[index] ?? 0;
  return top === Infinity ? "more" : top < 1_000 ? `≤${top} ms` : `≤${top / 1_000} s`;
}

/** Rates over the last two seconds that are whole. */
function ratesOf({ slices }: Pressure, now: number): Record<"published" | "delivered" | "acked", number> {
  const end = Math.floor(now / SLICE_MS);
  const recent = slices.filter(({ at }) => at >= end - 4 && at < end);
  const rate = (key: "published" | "delivered" | "acked") => recent.reduce((sum, slice) => sum + slice[key], 0) / 2;
  return { published: rate("published"), delivered: rate("delivered"), acked: rate("acked") };
}

function altOf(state: Pressure, now: number): string {
  const { published, acked } = ratesOf(state, now);
  return `${Math.round(published)} published and ${Math.round(acked)} acked per second; ${state.waiting} waiting, ${state.flying} in flight.`;
}

function table(state: Pressure, now: number): Table {
  const { published, delivered, acked } = ratesOf(state, now);
  const waits = [...state.waits].sort((a, b) => a - b);
  const at = (part: number) => (waits.length === 0 ? "" : seconds(waits[Math.min(waits.length - 1, Math.floor(waits.length * part))] ?? 0));
  return {
    head: ["Figure", "Now", "Seen as"],
    rows: [
      ["published per second", published.toFixed(1), "wire: PUB, over 2 s"], ["delivered per second", delivered.toFixed(1), "wire: MSG, over 2 s"], ["acked per second", acked.toFixed(1), "wire: +ACK, over 2 s"],
      ["waiting in streams", String(state.waiting), "wire: pending in the delivery; server: /jsz num_pending"], ["calls in flight", String(state.flying), "ledger: calls without an answer"],
      ["publishes refused", String(state.refused), "wire: PubAck with an error"], ["half of the acks within", at(0.5), "wire: MSG to +ACK, the last 200"], ["95 of 100 acks within", at(0.95), "wire: MSG to +ACK, the last 200"],
    ],
  };
}
