import type { FlightEvent } from "#engine/record/events.ts";
import { definePicture, lastOf, lastPart, type Facts, type PictureLook, type StreamFacts, type Table } from "./picture.ts";
import { box, drawing, words } from "./svg.ts";

/** A stream, its rule, and what it has let go. */
interface Store {
  name: string;
  facts?: StreamFacts;
  last: number;
  /** Sequences that were acked or terminated: a work queue lets them go. */
  done: ReadonlySet<number>;
  subjects: ReadonlyMap<number, string>;
  refused: number;
  /** What the last refusal said. */
  why?: string;
}

/** The state of "what is kept and what is gone". */
export interface Kept {
  readonly stores: readonly Store[];
}

const NEAR = 120;

/** What is kept and what is gone: retention, limits, what is refused, and the dead letters beside them. */
export const kept = definePicture<Kept>({
  id: "kept",
  title: "What is kept, what is gone",
  looks: "Full cells are stored, empty ones are gone. The rule of each stream says why: a limit drops the oldest, a work queue lets go what is acked, a full stream that discards new refuses.",
  begin: () => ({ stores: [] }),
  after: (state, input) => (input.kind === "facts" ? known(state, input) : (STEPS[input.kind]?.(state, input) ?? state)),
  draw,
  table,
});

type Step = (state: Kept, event: FlightEvent) => Kept;

const STEPS: Partial<Record<FlightEvent["kind"], Step>> = {
  puback: (state, event) => {
    if (event.status !== undefined) return refused(state, event);
    const { stream, sequence = 0, subject = "" } = event;
    return stream === undefined || subject.startsWith("$KV.") ? state : change(state, stream, (store) => ({ ...store, last: Math.max(store.last, sequence), subjects: near(new Map(store.subjects).set(sequence, subject), sequence) }));
  },
  deliver: (state, { stream, consumer, sequence = 0, subject = "" }) => (stream === undefined || consumer === undefined || subject.startsWith("$KV.") ? state : change(state, stream, (store) => ({ ...store, last: Math.max(store.last, sequence), subjects: near(new Map(store.subjects).set(sequence, subject), store.last) }))),
  ack: (state, event) => settled(state, event),
  term: (state, event) => settled(state, event),
};

function settled(state: Kept, { stream, sequence }: FlightEvent): Kept {
  if (stream === undefined || sequence === undefined) return state;
  return change(state, stream, (store) => ({ ...store, done: new Set([...store.done, sequence].slice(-NEAR)) }));
}

/** A refusal does not name its stream: it is the one whose subjects match, as far as that is known. */
function refused(state: Kept, { subject = "", note, status }: FlightEvent): Kept {
  const store = state.stores.find(({ facts }) => facts?.subjects.some((pattern) => subject.startsWith(pattern.split(/[*>]/)[0] ?? pattern))) ?? state.stores[0];
  return store ? change(state, store.name, (one) => ({ ...one, refused: one.refused + 1, why: `${status}${note ? ` ${note}` : ""}` })) : state;
}

function known(state: Kept, { streams }: Facts): Kept {
  const stores = streams.filter(({ name }) => !name.startsWith("KV_")).map((facts): Store => {
    const old = state.stores.find(({ name }) => name === facts.name);
    return { done: new Set(), subjects: new Map(), refused: 0, ...old, name: facts.name, facts, last: facts.last };
  });
  return { stores };
}

function change(state: Kept, name: string, how: (store: Store) => Store): Kept {
  const old = state.stores.find((store) => store.name === name);
  const store = how(old ?? { name, last: 0, done: new Set(), subjects: new Map(), refused: 0 });
  return { stores: old ? state.stores.map((one) => (one === old ? store : one)) : lastOf([...state.stores, store], 4) };
}

function near(map: ReadonlyMap<number, string>, last: number): ReadonlyMap<number, string> {
  return map.size <= NEAR ? map : new Map([...map].filter(([sequence]) => sequence > last - NEAR));
}

/** Whether a sequence is gone, by the stream's own rule. */
function isGone({ facts, done }: Store, sequence: number): boolean {
  if (facts && sequence < facts.first) return true;
  return facts?.retention === "workqueue" && done.has(sequence);
}

function ruleOf({ facts }: Store): string {
  if (!facts) return "its rule is not known yet";
  const rules: Record<string, string> = { limits: "keeps until a limit is reached", workqueue: "a work queue: acked is gone", interest: "keeps while a consumer still wants it" };
  const full = facts.maxMessages > 0 ? `; at ${facts.maxMessages} it ${facts.discard === "new" ? "refuses new ones" : "drops the oldest"}` : "";
  return `${rules[facts.retention] ?? facts.retention}${full}`;
}

const TALL = 112;

function draw({ stores }: Kept, { width }: PictureLook): string {
  if (stores.length === 0) return drawing(width, 40, "No stream is known yet.", [words(width / 2, 24, "No stream is known yet.", { look: "small", anchor: "middle" })]);
  return drawing(width, stores.length * TALL, altOf({ stores }), stores.flatMap((store, index) => drawStore(store, width, index * TALL)));
}

function drawStore(store: Store, width: number, top: number): string[] {
  const room = Math.max(6, Math.floor((width - 12) / 24));
  const from = Math.max(1, store.last - room + 1);
  const cells = Array.from({ length: Math.max(0, store.last - from + 1) }, (_, index) => from + index).flatMap((sequence, index) => {
    const gone = isGone(store, sequence);
    return [box(6 + index * 24, top + 40, 21, 24, gone ? "cell gone" : "cell full"), words(6 + index * 24 + 10, top + 56, gone ? "–" : String(sequence), { look: "small", anchor: "middle", room: 4 })];
  });
  const { facts } = store;
  const full = facts && facts.maxMessages > 0 ? [box(6, top + 72, width * 0.5, 8, "track"), box(6, top + 72, width * 0.5 * Math.min(1, facts.messages / facts.maxMessages), 8, facts.messages >= facts.maxMessages ? "wait bad" : "wait"), words(width * 0.5 + 14, top + 80, `${facts.messages} of ${facts.maxMessages}`, { look: "small" })] : [];
  const refusals = store.refused > 0 ? [words(width - 6, top + 96, `refused ${store.refused}: ${store.why ?? ""}`, { look: "small bad", anchor: "end", room: Math.floor(width / 7) })] : [];
  return [words(6, top + 16, store.name, { look: "name" }), words(6, top + 31, ruleOf(store), { look: "small", room: Math.floor(width / 6.4) }), ...cells, ...full, ...refusals];
}

function altOf({ stores }: Kept): string {
  return stores.map((store) => `${store.name}, ${ruleOf(store)}: ${store.facts?.messages ?? store.last} stored, ${store.refused} refused.`).join(" ");
}

function table({ stores }: Kept): Table {
  return {
    head: ["Stream", "Rule", "Stored", "First", "Last", "Gone in between", "Refused", "Newest", "Seen as"],
    rows: stores.map((store) => [store.name, ruleOf(store), String(store.facts?.messages ?? ""), String(store.facts?.first ?? ""), String(store.last), String(store.facts?.deleted ?? ""), store.refused > 0 ? `${store.refused}: ${store.why ?? ""}` : "0", lastPart(store.subjects.get(store.last) ?? ""), "server: /jsz; wire: PubAck, +ACK"]),
  };
}
