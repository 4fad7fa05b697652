import type { FlightEvent } from "#engine/record/events.ts";
import { definePicture, isErrand, lastOf, seenAs, type PictureLook, type Table } from "./picture.ts";
import { box, dot, drawing, element, stroke, words } from "./svg.ts";

/** One program's subscription. */
interface Listener {
  program: string;
  subject: string;
  queue?: string;
  sid: string;
  life: number;
  heard: number;
}

/** One message on its way; `to` are the listeners that got it. */
interface Message {
  t: number;
  from: string;
  subject: string;
  to: string[];
  /** The server said: no responders. */
  refused?: true;
}

interface Speaker {
  program: string;
  said: number;
  last: string;
}

/** The state of "who hears it?". */
export interface Hearing {
  readonly speakers: readonly Speaker[];
  readonly listeners: readonly Listener[];
  /** The newest messages, oldest first. */
  readonly messages: readonly Message[];
}

/** So many messages are kept; and so many events of one kind a count may stand for. */
const KEPT = 40;
/** A message is drawn for so long, in milliseconds; half of it to the server, half to the listener. */
const FLIGHT_MS = 1_200;

/** Who hears it? Programs that publish, the server, and each subscription with its queue group. */
export const hearing = definePicture<Hearing>({
  id: "hearing",
  title: "Who hears it?",
  looks: "A message goes to every plain subscription that matches, and to one member of each queue group. If nobody listens it falls.",
  begin: () => ({ speakers: [], listeners: [], messages: [] }),
  after: (state, input) => (input.kind === "facts" ? state : (STEPS[input.kind]?.(state, input) ?? state)),
  draw,
  table,
});

type Step = (state: Hearing, event: FlightEvent) => Hearing;

const STEPS: Partial<Record<FlightEvent["kind"], Step>> = {
  publish: (state, event) => (isErrand(event.subject) ? state : said(state, event)),
  deliver: (state, event) => (isErrand(event.subject) ? state : heard(state, event)),
  status: (state, event) => (event.status === 503 ? refused(state, event) : state),
  subscribe: (state, { program = "", subject = "", queue, sid = "", life = 1 }) => {
    if (isErrand(subject)) return state;
    const others = state.listeners.filter((one) => !(one.program === program && one.sid === sid) && !(one.program === program && one.life !== life));
    return { ...state, listeners: lastOf([...others, { program, subject, sid, life, heard: 0, ...(queue === undefined ? {} : { queue }) }], 24) };
  },
  unsubscribe: (state, { program, sid, note }) => (note ? state : { ...state, listeners: state.listeners.filter((one) => one.program !== program || one.sid !== sid) }),
  disconnect: (state, { program }) => ({ ...state, listeners: state.listeners.filter((one) => one.program !== program) }),
  exit: (state, { program }) => ({ ...state, listeners: state.listeners.filter((one) => one.program !== program) }),
  count: (state, event) => (event.of === "publish" ? spoke(state, event, event.count ?? 0) : state),
};

function said(state: Hearing, event: FlightEvent): Hearing {
  const { t, program: from = "", subject = "" } = event;
  return { ...spoke(state, event, 1), messages: lastOf([...state.messages, { t, from, subject, to: [] }], KEPT) };
}

function spoke(state: Hearing, { program = "", subject }: FlightEvent, times: number): Hearing {
  const old = state.speakers.find((one) => one.program === program);
  const speaker = { program, said: (old?.said ?? 0) + times, last: subject ?? old?.last ?? "" };
  return { ...state, speakers: old ? state.speakers.map((one) => (one === old ? speaker : one)) : lastOf([...state.speakers, speaker], 12) };
}

function heard(state: Hearing, { program = "", sid = "", subject }: FlightEvent): Hearing {
  const key = `${program} ${sid}`;
  const listeners = state.listeners.map((one) => (one.program === program && one.sid === sid ? { ...one, heard: one.heard + 1 } : one));
  const at = state.messages.findIndex((message) => message.subject === subject && !message.to.includes(key));
  const messages = at < 0 ? state.messages : state.messages.with(at, { ...state.messages[at]!, to: [...state.messages[at]!.to, key] });
  return { ...state, listeners, messages };
}

function refused(state: Hearing, { request, subject }: FlightEvent): Hearing {
  const asked = request ?? subject;
  const at = state.messages.findLastIndex((message) => message.subject === asked);
  return at < 0 ? state : { ...state, messages: state.messages.with(at, { ...state.messages[at]!, refused: true }) };
}

/** Where everything stands: y of each speaker and listener. */
interface Layout {
  height: number;
  middle: number;
  right: number;
  speakers: Map<string, number>;
  listeners: Map<string, number>;
}

const ROW = 46;

function layoutOf({ speakers, listeners }: Hearing, width: number): Layout {
  const rows = Math.max(1, speakers.length, listeners.length);
  const place = (index: number, of: number) => 24 + ((index + 0.5) * rows * ROW) / Math.max(1, of);
  return {
    height: rows * ROW + 64, middle: width * 0.42, right: width * 0.58,
    speakers: new Map(speakers.map(({ program }, index) => [program, place(index, speakers.length)])),
    listeners: new Map(ordered(listeners).map(({ program, sid }, index) => [`${program} ${sid}`, place(index, listeners.length)])),
  };
}

/** Members of one queue group stand together. */
function ordered(listeners: readonly Listener[]): Listener[] {
  return [...listeners].sort((a, b) => (a.queue ?? "").localeCompare(b.queue ?? "") || a.program.localeCompare(b.program, "en", { numeric: true }));
}

function draw(state: Hearing, { now, width, motion = true }: PictureLook): string {
  const at = layoutOf(state, width);
  const letters = Math.floor((width * 0.3) / 8);
  const speakers = state.speakers.flatMap(({ program, said, last }) => {
    const y = at.speakers.get(program) ?? 0;
    return [stroke(width * 0.3, y, at.middle, at.height / 2, "wire"), box(4, y - 18, width * 0.3 - 4, 36, "program"), words(12, y - 3, program, { look: "name", room: letters }), words(12, y + 12, `PUB ${last}`, { look: "small", room: letters + 3 }), words(width * 0.3 - 6, y - 3, String(said), { look: "small", anchor: "end" })];
  });
  const listeners = ordered(state.listeners).flatMap(({ program, sid, subject, queue, heard }) => {
    const y = at.listeners.get(`${program} ${sid}`) ?? 0;
    const x = width * 0.68;
    return [stroke(at.middle + 40, at.height / 2, x, y, "wire"), box(x, y - 18, width * 0.32 - 4, 36, queue ? "program group" : "program"), words(x + 8, y - 3, program, { look: "name", room: letters }), words(x + 8, y + 12, `SUB ${subject}${queue ? ` ${queue}` : ""}`, { look: "small", room: letters + 4 }), words(width - 10, y - 3, String(heard), { look: "small", anchor: "end" })];
  });
  const server = [box(at.middle, at.height / 2 - 26, 40, 52, "server"), words(at.middle + 20, at.height / 2 + 4, "NATS", { look: "small", anchor: "middle" })];
  const fresh = state.messages.filter(({ t }) => now - t < FLIGHT_MS);
  const moving = motion ? fresh.flatMap((message) => dotsOf(message, { now, width, at })) : [];
  const newest = state.messages.at(-1);
  return drawing(width, at.height, altOf(state), [...speakers, ...listeners, ...server, ...moving, newest ? words(4, at.height - 6, fateOf(newest), { look: "small", room: Math.floor(width / 6.6) }) : words(width / 2, 20, "Nobody has said anything yet.", { look: "small", anchor: "middle" })]);
}

function dotsOf({ t, from, to, refused }: Message, { now, width, at }: { now: number; width: number; at: Layout }): string[] {
  const part = (now - t) / FLIGHT_MS;
  const [x0, y0, x1, y1] = [width * 0.3, at.speakers.get(from) ?? 0, at.middle, at.height / 2];
  if (part < 0.5) return [dot(x0 + (x1 - x0) * part * 2, y0 + (y1 - y0) * part * 2, 5, "message")];
  const way = (part - 0.5) * 2;
  if (to.length === 0) return [element("g", { opacity: 1 - way }, dot(x1 + 20, y1 + 26 + (at.height - y1 - 30) * way, 5, refused ? "message bad" : "message lost"))];
  return to.map((key) => dot(at.middle + 40 + (width * 0.68 - at.middle - 40) * way, y1 + ((at.listeners.get(key) ?? y1) - y1) * way, 5, "message"));
}

function fateOf({ subject, to, refused }: Message): string {
  if (refused) return `${subject}: no responders (status 503)`;
  return to.length === 0 ? `${subject}: heard by nobody so far` : `${subject}: heard by ${to.map((key) => key.split(" ")[0]).join(", ")}`;
}

function altOf({ speakers, listeners, messages }: Hearing): string {
  const newest = messages.at(-1);
  return `${speakers.length} ${speakers.length === 1 ? "program has" : "programs have"} published, ${listeners.length} ${listeners.length === 1 ? "subscription listens" : "subscriptions listen"}.${newest ? ` Newest: ${fateOf(newest)}.` : ""}`;
}

function table({ speakers, listeners, messages }: Hearing): Table {
  return {
    head: ["Program", "Does", "Subject", "Queue group", "Messages", "Seen as"],
    rows: [
      ...speakers.map(({ program, said, last }) => [program, "publishes", last, "", String(said), seenAs({ t: 0, kind: "publish", subject: last })]),
      ...ordered(listeners).map(({ program, subject, queue, heard }) => [program, "hears", subject, queue ?? "none", String(heard), seenAs({ t: 0, kind: "subscribe", subject, ...(queue === undefined ? {} : { queue }) })]),
      ...lastOf(messages, 5).map((message) => [message.from, "newest", fateOf(message), "", "1", seenAs({ t: 0, kind: "publish", subject: message.subject })]),
    ],
  };
}
