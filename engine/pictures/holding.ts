import type { FlightEvent } from "#engine/record/events.ts";

/** Where one message of the stream is: nobody has it, a worker has it, a worker that is gone had it, or it is done. */
export type Whereabouts = "waiting" | "held" | "fallen" | "done";

/** One message as the workers pass it about. */
export interface HeldMessage {
  sequence: number;
  subject: string;
  at: Whereabouts;
  /** Who got it last, `worker#2`. */
  holder?: string;
  /** How often it was delivered. */
  deliveries: number;
  /** When the ack wait of its last delivery is over, in milliseconds of the record; while it is held or fallen. */
  due?: number;
}

/** One program that asks for messages. */
export interface Holder {
  name: string;
  life: number;
  /** How it ended, in the record's words (`SIGKILL`, `code 0`); absent while it runs. */
  ended?: string;
  /** The order it has a call to the world open for. */
  busyWith?: string;
  /** Whether it has asked for messages and not got as many yet. */
  asks: boolean;
}

/** The state of the picture "who holds what": a stream's messages and the programs that share them by one consumer. */
export interface Holding {
  readonly stream: string;
  readonly consumer: string;
  /** Milliseconds. */
  readonly ackWait: number;
  /** By stream sequence. */
  readonly messages: readonly HeldMessage[];
  /** In the order in which they came. */
  readonly holders: readonly Holder[];
}

/** What a picture is about. */
export type HoldingOf = Pick<Holding, "stream" | "consumer" | "ackWait">;

/** The picture before anything has happened. */
export function nobodyHolds(of: HoldingOf): Holding {
  return { ...of, messages: [], holders: [] };
}

/** The picture that a whole record ends with. */
export function whoHoldsWhat(events: Iterable<FlightEvent>, of: HoldingOf): Holding {
  let holding = nobodyHolds(of);
  for (const event of events) holding = after(holding, event);
  return holding;
}

/** The picture after one more event; the same object where the event changes nothing in it. */
export function after(holding: Holding, event: FlightEvent): Holding {
  if (event.stream !== undefined && event.stream !== holding.stream) return holding;
  if (event.consumer !== undefined && event.consumer !== holding.consumer) return holding;
  return STEPS[event.kind]?.(holding, event) ?? holding;
}

type Step = (holding: Holding, event: FlightEvent) => Holding;

const STEPS: Partial<Record<FlightEvent["kind"], Step>> = {
  puback: (holding, event) => (event.status === undefined ? moved(holding, event, {}) : holding),
  pull: (holding, event) => holder(holding, event, { asks: true }),
  deliver: (holding, event) => {
    if (event.sequence === undefined) return holding;
    const given = moved(holding, event, { at: "held", holder: event.program ?? "", deliveries: event.deliveries ?? 1, due: event.t + holding.ackWait });
    return holder(given, event, { asks: false });
  },
  progress: (holding, event) => moved(holding, event, { due: event.t + holding.ackWait }),
  ack: (holding, event) => moved(holding, event, { at: "done" }),
  term: (holding, event) => moved(holding, event, { at: "done" }),
  nak: (holding, event) => moved(holding, event, { at: "waiting" }),
  call: (holding, event) => known(holding, event, event.order === undefined ? {} : { busyWith: event.order }),
  answer: (holding, event) => known(holding, event, { busyWith: undefined }),
  exit: (holding, event) => left(known(holding, event, { ended: event.note ?? "", busyWith: undefined, asks: false }), event),
};

/** Changes one message, or adds it where nobody has heard of it before. Done is done: a late delivery changes nothing. */
function moved(holding: Holding, { sequence, subject }: FlightEvent, change: Partial<HeldMessage>): Holding {
  if (sequence === undefined) return holding;
  const old = holding.messages.find((message) => message.sequence === sequence);
  if (old?.at === "done") return holding;
  const message: HeldMessage = { sequence, subject: subject ?? "", at: "waiting", deliveries: 0, ...old, ...change };
  if (message.at === "waiting" || message.at === "done") delete message.due;
  const others = holding.messages.filter((one) => one.sequence !== sequence);
  return { ...holding, messages: [...others, message].sort((a, b) => a.sequence - b.sequence) };
}

type Change = { [Key in keyof Holder]?: Holder[Key] | undefined };

/** Changes one program, or adds it: only those that ask for messages are in the picture. */
function holder(holding: Holding, event: FlightEvent, change: Change): Holding {
  const { program: name = "", life = 1 } = event;
  const at = holding.holders.findIndex((one) => one.name === name);
  const old = at >= 0 && holding.holders[at]!.life === life ? holding.holders[at]! : { name, life, asks: false };
  const changed = Object.fromEntries(Object.entries({ ...old, ...change }).filter(([, value]) => value !== undefined)) as unknown as Holder;
  return { ...holding, holders: at < 0 ? [...holding.holders, changed] : holding.holders.with(at, changed) };
}

function known(holding: Holding, event: FlightEvent, change: Change): Holding {
  return holding.holders.some(({ name, life }) => name === event.program && life === event.life) ? holder(holding, event, change) : holding;
}

/** What a program had in its hands when it ended lies on the floor until its ack wait is over. */
function left(holding: Holding, { program }: FlightEvent): Holding {
  const drop = (message: HeldMessage): HeldMessage => (message.at === "held" && message.holder === program ? { ...message, at: "fallen" } : message);
  return { ...holding, messages: holding.messages.map(drop) };
}
