import type { FlightEvent } from "#engine/record/events.ts";
import { definePicture, lastOf, lastPart, seconds, seenAs, type Facts, type PictureLook, type Table } from "./picture.ts";
import { countdown, dot, drawing, polyline, stroke, words } from "./svg.ts";

/** One step in the life of a message. */
interface Step {
  t: number;
  /** In whose lane: a program, or the stream. */
  lane: string;
  says: string;
  look: "good" | "bad" | "plain";
  source: string;
}

/** A message that was stored, and what became of it. */
interface Life {
  stream: string;
  sequence: number;
  subject: string;
  steps: readonly Step[];
  /** When the ack wait of the delivery that is out is over. */
  due?: number;
  over: boolean;
}

/** The state of "the life of one message". */
export interface Lives {
  readonly lives: readonly Life[];
  readonly ackWait: Readonly<Record<string, number>>;
  readonly maxDeliver: Readonly<Record<string, number>>;
}

const KEPT = 40;
/** What the server takes where a consumer says nothing, in milliseconds. */
const ACK_WAIT = 30_000;

/** The life of one message: published, stored, delivered, given back, delivered again, acked or given up. */
export const life = definePicture<Lives>({
  id: "life",
  title: "The life of one message",
  looks: "The message shown is the oldest that is not done, else the newest. The bar is how long the server still waits for the ack before it delivers again.",
  begin: () => ({ lives: [], ackWait: {}, maxDeliver: {} }),
  after: (state, input) => (input.kind === "facts" ? known(state, input) : (STEPS[input.kind]?.(state, input) ?? state)),
  draw,
  table,
});

type Take = (state: Lives, event: FlightEvent) => Lives;

const STEPS: Partial<Record<FlightEvent["kind"], Take>> = {
  puback: (state, event) => {
    if (event.status !== undefined || event.sequence === undefined) return state;
    if (event.note === "duplicate") return step(state, event, { says: "published again: already stored, nothing added", look: "plain", lane: event.stream });
    return step(state, event, { says: `stored as sequence ${event.sequence}`, look: "plain", lane: event.stream });
  },
  deliver: (state, event) => {
    if (event.consumer === undefined) return state;
    const again = event.deliveries ?? 1;
    const wait = state.ackWait[`${event.stream} ${event.consumer}`] ?? ACK_WAIT;
    return step(state, event, { says: again > 1 ? `delivery ${again}` : "delivered", look: again > 1 ? "bad" : "plain", due: event.t + wait });
  },
  progress: (state, event) => step(state, event, { says: "still working: the wait starts anew", look: "plain", due: event.t + (state.ackWait[`${event.stream} ${event.consumer}`] ?? ACK_WAIT) }),
  nak: (state, event) => step(state, event, { says: event.delay ? `given back, not before ${seconds(event.delay)}` : "given back (nak)", look: "bad" }),
  ack: (state, event) => step(state, event, { says: "acked: done", look: "good", over: true }),
  term: (state, event) => step(state, event, { says: `terminated${event.note ? `: ${event.note}` : ""}`, look: "bad", over: true }),
  fault: (state, event) => (event.sequence === undefined || event.note === undefined ? state : step(state, event, { says: event.note, look: "bad" })),
  publish: (state, event) => (event.subject?.startsWith("dead.") ? parked(state, event) : state),
};

interface Change extends Pick<Step, "says" | "look"> {
  lane?: string | undefined;
  due?: number;
  over?: true;
}

function step(state: Lives, event: FlightEvent, { says, look, lane = event.program ?? "", due, over }: Change): Lives {
  const { stream = "", sequence = 0, t } = event;
  const old = state.lives.find((one) => one.stream === stream && one.sequence === sequence);
  const { due: _was, ...before } = old ?? { stream, sequence, subject: event.subject ?? "", steps: [] as Step[], over: false };
  const published: Step[] = !old && event.kind === "puback" ? [{ t, lane: event.program ?? "", says: "published", look: "plain", source: `wire: PUB ${event.subject}` }] : [];
  const now: Life = { ...before, steps: lastOf([...before.steps, ...published, { t, lane, says, look, source: seenAs(event) }], 14), over: before.over || over === true, ...(due === undefined || over ? {} : { due }) };
  return { ...state, lives: old ? state.lives.map((one) => (one === old ? now : one)) : lastOf([...state.lives, now], KEPT) };
}

/** A dead letter's subject ends with that of the message it was. */
function parked(state: Lives, event: FlightEvent): Lives {
  const was = event.subject?.slice("dead.".length);
  const old = state.lives.findLast(({ subject }) => subject === was);
  return old ? step(state, { ...event, stream: old.stream, sequence: old.sequence }, { says: `parked on ${event.subject}`, look: "bad" }) : state;
}

function known(state: Lives, { streams }: Facts): Lives {
  const all = streams.flatMap(({ name, consumers }) => consumers.map((one) => [`${name} ${one.name}`, one] as const));
  const next = { ...state, ackWait: Object.fromEntries(all.map(([key, one]) => [key, one.ackWait])), maxDeliver: Object.fromEntries(all.map(([key, one]) => [key, one.maxDeliver])) };
  return JSON.stringify([next.ackWait, next.maxDeliver]) === JSON.stringify([state.ackWait, state.maxDeliver]) ? state : next;
}

/** The one to look at: the oldest that had more than one delivery and is open, else the oldest open, else the newest. */
function shownOf({ lives }: Lives): Life | undefined {
  const open = lives.filter(({ over, steps }) => !over && steps.length > 2);
  return open[0] ?? lives.at(-1);
}

const ROW = 30;

function draw(state: Lives, { now, width }: PictureLook): string {
  const shown = shownOf(state);
  if (!shown) return drawing(width, 40, "No message has been stored yet.", [words(width / 2, 24, "No message has been stored yet.", { look: "small", anchor: "middle" })]);
  const lanes = [...new Set(shown.steps.map(({ lane }) => lane))];
  const x = (lane: string) => 90 + ((lanes.indexOf(lane) + 0.5) * (width - 290)) / lanes.length;
  const y = (index: number) => 64 + index * ROW;
  const height = y(shown.steps.length) + 16;
  const begun = shown.steps[0]?.t ?? 0;
  const heads = lanes.flatMap((lane) => [words(x(lane), 40, lane, { look: "name", anchor: "middle", room: Math.max(6, Math.floor((width - 290) / lanes.length / 8)) }), stroke(x(lane), 48, x(lane), height - 12, "wire")]);
  const path = polyline(shown.steps.map(({ lane }, index) => [x(lane), y(index)] as const), "path");
  const steps = shown.steps.flatMap(({ t, lane, says, look }, index) => [
    words(80, y(index) + 4, `+${((t - begun) / 1_000).toFixed(3)} s`, { look: "small", anchor: "end" }),
    dot(x(lane), y(index), 6, `step ${look}`),
    words(width - 195, y(index) + 4, says, { look: `small ${look}`, room: 32 }),
  ]);
  const wait = shown.due === undefined ? [] : [countdown(width - 195, y(shown.steps.length) - 6, { left: shown.due - now, of: shown.due - (shown.steps.at(-1)?.t ?? 0), width: 110 })];
  return drawing(width, height, altOf(shown), [words(4, 16, `${shown.stream} ${shown.sequence} · ${shown.subject}`, { look: "name", room: Math.floor(width / 8) }), ...heads, path, ...steps, ...wait]);
}

function altOf({ stream, sequence, subject, steps }: Life): string {
  return `Message ${sequence} of ${stream}, ${subject}: ${steps.map(({ lane, says }) => `${lane}: ${says}`).join("; ")}.`;
}

function table(state: Lives, now: number): Table {
  const shown = shownOf(state);
  const rows = (shown?.steps ?? []).map(({ t, lane, says, source }) => [lastPart(shown?.subject ?? ""), seconds(t), lane, says, source]);
  const wait = shown?.due === undefined ? [] : [[lastPart(shown.subject), seconds(now), "server", `waits ${seconds(Math.max(0, shown.due - now))} more for the ack`, "server: /jsz, ack_wait"]];
  return { head: ["Message", "At", "Where", "What happens", "Seen as"], rows: [...rows, ...wait] };
}
