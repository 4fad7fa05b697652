import type { FlightEvent } from "#engine/record/events.ts";
import { definePicture, isErrand, lastOf, lastPart, seconds, type Facts, type PictureLook, type Table } from "./picture.ts";
import { box, drawing, words } from "./svg.ts";

/** One order, on the wire and in the world. */
interface Order {
  order: string;
  /** How often it was published, how often the server said "duplicate", and when it was stored first. */
  published: number;
  duplicates: number;
  storedAt?: number;
  messageId?: string;
  delivered: number;
  acked: number;
  /** Calls to the world for it, by service. */
  calls: Readonly<Record<string, Calls>>;
}

interface Calls {
  made: number;
  effects: number;
  /** The caller gave a key with each call. */
  keyed: boolean;
}

/** The state of "twice on the wire, once in the world". */
export interface Twice {
  /** By the time they were last heard of. */
  readonly orders: readonly Order[];
  /** The longest dedup window of the streams, in milliseconds; undefined while no stream is known. */
  readonly window?: number;
}

const KEPT = 60;

/** Twice on the wire, once in the world: what was sent, stored and delivered of each order, and what the world did. */
export const twice = definePicture<Twice>({
  id: "twice",
  title: "Twice on the wire, once in the world",
  looks: "On the left the wire, where anything may happen twice. On the right the ledger of the world, where nobody wants to pay twice.",
  begin: () => ({ orders: [] }),
  after: (state, input) => (input.kind === "facts" ? known(state, input) : (STEPS[input.kind]?.(state, input) ?? state)),
  draw,
  table,
});

type Step = (state: Twice, event: FlightEvent) => Twice;

const STEPS: Partial<Record<FlightEvent["kind"], Step>> = {
  publish: (state, event) => (isErrand(event.subject) || event.subject?.startsWith("$") ? state : of(state, lastPart(event.subject ?? ""), (order) => {
    const messageId = event.headers?.["Nats-Msg-Id"]?.[0] ?? order.messageId;
    return { ...order, published: order.published + 1, ...(messageId === undefined ? {} : { messageId }) };
  })),
  puback: (state, event) => (event.status !== undefined || event.subject?.startsWith("$") ? state : of(state, lastPart(event.subject ?? ""), (order) => ({ ...order, duplicates: order.duplicates + (event.note === "duplicate" ? 1 : 0), storedAt: order.storedAt ?? event.t }))),
  deliver: (state, event) => (event.sequence === undefined || isErrand(event.subject) ? state : of(state, lastPart(event.subject ?? ""), (order) => ({ ...order, delivered: order.delivered + 1 }))),
  ack: (state, event) => (isErrand(event.subject) ? state : of(state, lastPart(event.subject ?? ""), (order) => ({ ...order, acked: order.acked + 1 }))),
  call: (state, event) => called(state, event, (calls) => ({ ...calls, made: calls.made + 1, keyed: calls.keyed && (event.note?.startsWith("key ") ?? false) })),
  answer: (state, event) => (event.effect ? called(state, event, (calls) => ({ ...calls, effects: calls.effects + 1 })) : state),
};

function of(state: Twice, name: string, change: (order: Order) => Order): Twice {
  if (name === "") return state;
  const old = state.orders.find(({ order }) => order === name);
  const order = change(old ?? { order: name, published: 0, duplicates: 0, delivered: 0, acked: 0, calls: {} });
  return { ...state, orders: old ? state.orders.map((one) => (one === old ? order : one)) : lastOf([...state.orders, order], KEPT) };
}

function called(state: Twice, { order, service = "" }: FlightEvent, change: (calls: Calls) => Calls): Twice {
  return of(state, order ?? "", (one) => ({ ...one, calls: { ...one.calls, [service]: change(one.calls[service] ?? { made: 0, effects: 0, keyed: true }) } }));
}

function known(state: Twice, { streams }: Facts): Twice {
  const window = streams.length === 0 ? undefined : Math.max(...streams.map(({ duplicateWindow }) => duplicateWindow));
  return window === undefined || window === state.window ? state : { ...state, window };
}

const ROW = 34;
/** Those that happened twice are shown first: they are what the picture is about. */
function shownOf({ orders }: Twice): readonly Order[] {
  const odd = orders.filter((order) => order.published > 1 || order.delivered > 1 || effectsOf(order).some(([, { made }]) => made > 1));
  const plain = orders.filter((order) => !odd.includes(order));
  return [...lastOf(odd, 9), ...lastOf(plain, Math.max(3, 9 - odd.length))].slice(0, 10);
}

function effectsOf({ calls }: Order): [service: string, calls: Calls][] {
  return Object.entries(calls);
}

function draw(state: Twice, { now, width }: PictureLook): string {
  const shown = shownOf(state);
  const height = 46 + Math.max(1, shown.length) * ROW + 8;
  const [wire, world] = [width * 0.2, width * 0.6];
  const heads = [words(4, 18, "order", { look: "name" }), words(wire, 18, "on the wire", { look: "name" }), words(world, 18, "in the world", { look: "name" })];
  const rows = shown.flatMap((order, index) => {
    const y = 36 + index * ROW;
    const window = state.window !== undefined && order.storedAt !== undefined && order.messageId !== undefined ? Math.max(0, order.storedAt + state.window - now) : 0;
    return [
      box(0, y, width, ROW - 4, "cell"),
      words(8, y + 19, order.order, { look: "name", room: Math.floor(width / 46) }),
      words(wire, y + 13, `sent ${order.published}× · delivered ${order.delivered}× · acked ${order.acked}×`, { look: "small", room: Math.floor((width * 0.39) / 6.4) }),
      words(wire, y + 26, order.duplicates > 0 ? `${order.duplicates} bounced: duplicate id` : window > 0 ? `id known for ${seconds(window)} more` : order.messageId === undefined ? "no message id" : "id forgotten", { look: `small ${order.duplicates > 0 ? "good" : ""}`, room: Math.floor((width * 0.39) / 6.4) }),
      ...drawEffects(order, { x: world, y: y + 5, width: width - world }),
    ];
  });
  const nothing = shown.length === 0 ? [words(width / 2, 60, "Nothing has been sent yet.", { look: "small", anchor: "middle" })] : [];
  return drawing(width, height, altOf(state), [...heads, ...rows, ...nothing]);
}

function drawEffects(order: Order, { x, y, width }: { x: number; y: number; width: number }): string[] {
  const all = effectsOf(order);
  const wide = Math.min(150, (width - 8) / Math.max(1, all.length));
  return all.flatMap(([service, { made, effects, keyed }], index) => {
    const look = effects > 1 ? "effect twice" : effects === 1 ? "effect once" : "effect open";
    const says = `${effects > 1 ? "✗" : effects === 1 ? "✓" : "…"} ${service} ${effects}×${made > effects ? ` of ${made}` : ""}${keyed && made > 0 ? " key" : ""}`;
    return [box(x + index * wide, y, wide - 6, 20, look), words(x + index * wide + 6, y + 14, says, { look: "small", room: Math.max(6, Math.floor(wide / 7)) })];
  });
}

function altOf(state: Twice): string {
  const double = state.orders.flatMap((order) => effectsOf(order).filter(([, { effects }]) => effects > 1).map(([service]) => `${order.order} ${service}`));
  const again = state.orders.filter(({ delivered, published }) => delivered > 1 || published > 1).length;
  return `${again} of ${state.orders.length} orders came twice on the wire; ${double.length === 0 ? "none happened twice in the world" : `happened twice in the world: ${double.join(", ")}`}.`;
}

function table(state: Twice): Table {
  return {
    head: ["Order", "Message id", "Sent", "Bounced", "Delivered", "Acked", "Calls", "Effects", "Seen as"],
    rows: shownOf(state).map((order) => {
      const calls = effectsOf(order);
      const say = (value: (calls: Calls) => number) => calls.map(([service, one]) => `${service} ${value(one)}`).join(", ");
      return [order.order, order.messageId ?? "none", String(order.published), String(order.duplicates), String(order.delivered), String(order.acked), say(({ made }) => made), say(({ effects }) => effects), "wire: PUB, PubAck, MSG, +ACK; ledger: effects"];
    }),
  };
}
