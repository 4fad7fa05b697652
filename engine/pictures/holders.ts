import { shortOf } from "./holding-names.ts";
import { after, nobodyHolds, type HeldMessage, type Holder, type Holding } from "./holding.ts";
import { definePicture, seconds, type Facts, type Input, type PictureLook, type Table } from "./picture.ts";
import { box, countdown, drawing, words } from "./svg.ts";

/** The state of "who holds what", before and after it is known which consumer it is about. */
export interface Holders {
  readonly holding: Holding | undefined;
  /** How many messages nobody has had yet, as the server says. */
  readonly pending: number;
}

/** More messages than this are not kept: those that are done go first. */
const KEPT = 160;
const ACK_WAIT = 30_000;

/** Who holds what: the workers of one consumer, what each has in its hands, and how long the server still waits. */
export const holders = definePicture<Holders>({
  id: "holders",
  title: "Who holds what?",
  looks: "A message in a worker's hands belongs to it until it is acked or its ack wait is over. Kill a worker: what it held lies on the floor, then walks to another.",
  begin: () => ({ holding: undefined, pending: 0 }),
  after: take,
  draw,
  table,
});

function take(state: Holders, input: Input): Holders {
  if (input.kind === "facts") return known(state, input);
  const holding = state.holding ?? (input.stream !== undefined && input.consumer !== undefined ? nobodyHolds({ stream: input.stream, consumer: input.consumer, ackWait: ACK_WAIT }) : undefined);
  if (!holding) return state;
  const next = bounded(after(holding, input));
  return next === state.holding ? state : { ...state, holding: next };
}

function bounded(holding: Holding): Holding {
  if (holding.messages.length <= KEPT) return holding;
  const spare = holding.messages.length - KEPT;
  const old = new Set(holding.messages.filter(({ at }) => at === "done").slice(0, spare));
  return { ...holding, messages: holding.messages.filter((message) => !old.has(message)).slice(-KEPT * 2) };
}

/** The ack wait is the consumer's own. A picture that has not begun begins with the consumer that has most to do. */
function known(state: Holders, { streams }: Facts): Holders {
  const all = streams.flatMap(({ name: stream, consumers }) => consumers.map((consumer) => ({ stream, ...consumer })));
  const mine = state.holding ? all.find(({ stream, name }) => stream === state.holding?.stream && name === state.holding.consumer) : all.toSorted((a, b) => b.delivered + b.waiting - a.delivered - a.waiting)[0];
  if (!mine || (state.holding?.ackWait === mine.ackWait && state.pending === mine.pending)) return state;
  return { pending: mine.pending, holding: state.holding ? { ...state.holding, ackWait: mine.ackWait } : nobodyHolds({ stream: mine.stream, consumer: mine.name, ackWait: mine.ackWait }) };
}

const SIGNS = { waiting: "·", held: "●", fallen: "▲", done: "✓" } as const;

function draw({ holding, pending }: Holders, { now, width }: PictureLook): string {
  if (!holding) return drawing(width, 40, "No consumer is known yet.", [words(width / 2, 24, "No consumer is known yet.", { look: "small", anchor: "middle" })]);
  const count = (at: HeldMessage["at"]) => holding.messages.filter((message) => message.at === at).length;
  const room = Math.max(6, Math.floor((width - 8) / 16));
  const tape = holding.messages.slice(-room).map((message, index) => words(10 + index * 16, 46, SIGNS[message.at], { look: `mark ${message.at}`, anchor: "middle" }));
  const workers = [...holding.holders].sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true })).slice(0, 12);
  const columns = Math.max(1, Math.min(workers.length || 1, Math.floor(width / 230)));
  const wide = (width - 8) / columns;
  const rows = Math.ceil(workers.length / columns);
  const tall = 34 + 3 * 24;
  const boxes = workers.flatMap((worker, index) => drawWorker(worker, { holding, now, x: 4 + (index % columns) * wide, y: 64 + Math.floor(index / columns) * (tall + 10), width: wide - 8, height: tall }));
  const floorY = 64 + rows * (tall + 10);
  const fallen = holding.messages.filter(({ at }) => at === "fallen").slice(0, 6);
  const floor = fallen.flatMap((message, index) => [words(12, floorY + 34 + index * 22, `▲ ${shortOf(message)} was with ${message.holder ?? "a worker"}`, { look: "small bad", room: 44 }), countdown(width * 0.55, floorY + 26 + index * 22, { left: (message.due ?? now) - now, of: holding.ackWait, width: width * 0.25 })]);
  const floorLine = fallen.length > 0 ? [words(4, floorY + 12, "On the floor: the server waits for an ack that will not come", { look: "name" })] : [];
  const head = `${holding.stream} / ${holding.consumer}   · ${Math.max(pending, count("waiting"))} waiting   ● ${count("held")} in hand   ▲ ${count("fallen")} dropped   ✓ ${count("done")} acked`;
  return drawing(width, floorY + (fallen.length > 0 ? 24 + fallen.length * 22 : 0) + 8, altOf(holding), [words(4, 18, head, { look: "name" }), ...tape, ...boxes, ...floorLine, ...floor]);
}

interface Place {
  holding: Holding;
  now: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

function drawWorker(worker: Holder, { holding, now, x, y, width, height }: Place): string[] {
  const mine = holding.messages.filter(({ at, holder }) => at === "held" && holder === worker.name);
  const state = worker.ended !== undefined ? `gone (${worker.ended})` : worker.busyWith ? `at work on ${worker.busyWith}` : worker.asks ? "asks for more" : mine.length > 0 ? "holds" : "has nothing";
  const lines = mine.slice(0, 3).flatMap((message, index) => [
    words(x + 10, y + 50 + index * 24, `● ${shortOf(message)}${message.deliveries > 1 ? ` ×${message.deliveries}` : ""}`, { look: "small", room: 16 }),
    countdown(x + width * 0.5, y + 43 + index * 24, { left: (message.due ?? now) - now, of: holding.ackWait, width: width * 0.28 }),
  ]);
  const more = mine.length > 3 ? [words(x + width - 8, y + 18, `${mine.length} in hand`, { look: "small", anchor: "end" })] : [];
  return [box(x, y, width, height, worker.ended === undefined ? "program" : "program gone"), words(x + 10, y + 18, worker.name, { look: "name", room: 18 }), words(x + 10, y + 32, state, { look: "small", room: Math.floor(width / 6.6) }), ...lines, ...more];
}

function altOf(holding: Holding): string {
  const workers = holding.holders.map(({ name, ended }) => `${name} ${ended === undefined ? `holds ${holding.messages.filter(({ at, holder }) => at === "held" && holder === name).length}` : `is gone (${ended})`}`);
  return `Consumer ${holding.consumer} of ${holding.stream}: ${workers.join(", ") || "no worker yet"}; ${holding.messages.filter(({ at }) => at === "fallen").length} dropped.`;
}

function table({ holding, pending }: Holders, now: number): Table {
  const words: Record<HeldMessage["at"], string> = { waiting: "waits", held: "in hand", fallen: "dropped", done: "acked" };
  const open = (holding?.messages ?? []).filter(({ at }) => at !== "done").slice(0, 20);
  return {
    head: ["Message", "State", "Worker", "Delivery", "Ack wait left", "Seen as"],
    rows: [
      ...(pending > 0 ? [["", `${pending} wait`, "", "", "", "server: /jsz, num_pending"]] : []),
      ...(holding?.holders ?? []).map(({ name, ended, asks }) => ["", ended === undefined ? (asks ? "asks for more" : "runs") : `gone (${ended})`, name, "", "", ended === undefined ? "wire: pull request" : "process: its end"]),
      ...open.map((message) => [shortOf(message), words[message.at], message.holder ?? "", String(message.deliveries), message.due === undefined ? "" : seconds(Math.max(0, message.due - now)), sourceOf(message)]),
    ],
  };
}

function sourceOf({ at, sequence }: HeldMessage): string {
  return at === "waiting" ? `wire: PubAck sequence ${sequence}` : `wire: delivery of sequence ${sequence}; server: /jsz, ack_wait`;
}

