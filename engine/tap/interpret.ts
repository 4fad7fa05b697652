import type { Identity, NewEvent } from "#engine/record/events.ts";
import { addBody, bodyText, readHeaders } from "./body.ts";
import type { Frame } from "./frame.ts";
import { readAckBody, readAckSubject, readApiError, readPubAck, readPull, readPullSubject } from "./jetstream.ts";

/** Requests whose answer is awaited, and deliveries whose ack is: above this many, the oldest are forgotten. */
const REMEMBERED = 65_536;

interface Asked {
  subject: string;
  as: "publish" | "api" | "pull" | "ack";
  stream?: string;
  consumer?: string;
}

/**
 * Turns the operations of one connection into events. It remembers what it needs to know what an answer answers:
 * subscriptions by their sid, requests by their reply subject, deliveries by their ack subject.
 */
export class Interpreter {
  /** `cid` in /connz, from INFO. */
  connection: number | undefined;
  /** What CONNECT called itself. */
  clientName: string | undefined;
  readonly #as: Identity | undefined;
  readonly #port: number | undefined;
  readonly #subs = new Map<string, { subject: string; queue: string }>();
  readonly #asked = new Map<string, Asked>();
  readonly #inHand = new Map<string, string>();

  constructor(options: { as?: Identity | undefined; port?: number }) {
    this.#as = options.as;
    this.#port = options.port;
  }

  /** Who the events of this connection belong to. */
  get program(): string {
    return this.#as?.program ?? this.clientName ?? `client ${this.connection ?? "?"}`;
  }

  /** 1 for a connection without an identity. */
  get life(): number {
    return this.#as?.life ?? 1;
  }

  /** A new event of this connection. */
  event(kind: NewEvent["kind"]): NewEvent {
    const event: NewEvent = { kind, program: this.program, life: this.life };
    if (this.connection !== undefined) event.connection = this.connection;
    return event;
  }

  /** What a frame of the program means; undefined when it is not worth an event. */
  fromProgram(frame: Frame): NewEvent | undefined {
    switch (frame.verb) {
      case "PUB":
      case "HPUB": return this.#published(frame);
      case "SUB": return this.#subscribed(frame);
      case "UNSUB": return this.#unsubscribed(frame);
      case "CONNECT": return this.#connected(frame);
      case "PING": return this.event("ping");
      default: return undefined;
    }
  }

  /** What a frame of the server means; undefined when it is not worth an event. */
  fromServer(frame: Frame): NewEvent | undefined {
    switch (frame.verb) {
      case "MSG":
      case "HMSG": return this.#delivered(frame);
      case "INFO": return this.#informed(frame);
      case "PONG": return this.event("pong");
      case "-ERR": return { ...this.event("error"), note: frame.text };
      default: return undefined;
    }
  }

  #published(frame: Frame): NewEvent {
    return this.#acked(frame) ?? this.#pulled(frame) ?? this.#plain(frame);
  }

  #acked(frame: Frame): NewEvent | undefined {
    const about = readAckSubject(frame.subject);
    const body = about && readAckBody(bodyText(frame));
    if (!about || !body) return undefined;
    const { stream, consumer, sequence, consumerSequence, deliveries } = about;
    const event = { ...this.event(body.kind), ...body, subject: this.#inHand.get(frame.subject) ?? frame.subject, stream, consumer, sequence, consumerSequence, deliveries };
    if (body.kind !== "progress") this.#inHand.delete(frame.subject);
    if (frame.reply === "") return event;
    this.#ask(frame.reply, { subject: frame.subject, as: body.batch ? "pull" : "ack", stream, consumer });
    return { ...event, reply: frame.reply };
  }

  #pulled(frame: Frame): NewEvent | undefined {
    const from = readPullSubject(frame.subject);
    if (!from) return undefined;
    this.#ask(frame.reply, { subject: frame.subject, as: "pull", ...from });
    return { ...this.event("pull"), subject: frame.subject, reply: frame.reply, ...from, ...readPull(bodyText(frame)) };
  }

  #plain(frame: Frame): NewEvent {
    const event = this.event("publish");
    event.subject = frame.subject;
    if (frame.reply !== "") {
      event.reply = frame.reply;
      this.#ask(frame.reply, { subject: frame.subject, as: isApi(frame.subject) ? "api" : "publish" });
    }
    addBody(event, frame);
    return event;
  }

  #subscribed(frame: Frame): NewEvent {
    const { subject, sid, reply: queue } = frame;
    this.#subs.set(sid, { subject, queue });
    return { ...this.event("subscribe"), subject, sid, ...(queue === "" ? {} : { queue }) };
  }

  #unsubscribed(frame: Frame): NewEvent {
    const { sid, reply: max } = frame;
    const sub = this.#subs.get(sid);
    if (max === "") this.#subs.delete(sid);
    return { ...this.event("unsubscribe"), sid, ...(sub ? { subject: sub.subject } : {}), ...(sub?.queue ? { queue: sub.queue } : {}), ...(max === "" ? {} : { note: `max ${max}` }) };
  }

  #connected(frame: Frame): NewEvent {
    const { name } = parse(frame.text);
    if (typeof name === "string" && name !== "") this.clientName = name;
    return { ...this.event("connect"), ...(this.#port === undefined ? {} : { port: this.#port }), ...(this.clientName === undefined ? {} : { note: this.clientName }) };
  }

  #informed(frame: Frame): undefined {
    const { client_id } = parse(frame.text);
    if (typeof client_id === "number") this.connection = client_id;
  }

  #delivered(frame: Frame): NewEvent {
    const asked = this.#asked.get(frame.subject);
    if (frame.verb === "HMSG" && frame.size === 0) {
      const status = this.#status(frame, asked);
      if (status) return status;
    }
    if (asked) return this.#answered(frame, asked);
    return this.#message(frame);
  }

  #message(frame: Frame): NewEvent {
    const event = this.#received(frame);
    const about = frame.reply === "" ? undefined : readAckSubject(frame.reply);
    if (about) {
      Object.assign(event, about);
      remember(this.#inHand, frame.reply, frame.subject);
    }
    return event;
  }

  #received(frame: Frame): NewEvent {
    const event = this.event("deliver");
    event.subject = frame.subject;
    event.sid = frame.sid;
    const queue = this.#subs.get(frame.sid)?.queue;
    if (queue) event.queue = queue;
    if (frame.reply !== "") event.reply = frame.reply;
    addBody(event, frame);
    return event;
  }

  #answered(frame: Frame, asked: Asked): NewEvent {
    if (asked.as !== "pull") this.#asked.delete(frame.subject);
    if (asked.as === "publish") {
      const ack = readPubAck(bodyText(frame));
      if (ack) return { ...this.event("puback"), subject: asked.subject, reply: frame.subject, ...ack };
    }
    const event = { ...this.#received(frame), request: asked.subject };
    if (asked.as === "ack") return { ...event, note: "ack confirmed" };
    return asked.as === "api" ? { ...event, ...readApiError(bodyText(frame)) } : event;
  }

  #status(frame: Frame, asked: Asked | undefined): NewEvent | undefined {
    const { status, description, headers } = readHeaders(frame);
    if (status === undefined) return undefined;
    if (asked && asked.as !== "pull") this.#asked.delete(frame.subject);
    const event: NewEvent = { ...this.event("status"), subject: asked?.subject ?? frame.subject, reply: frame.subject, status, sid: frame.sid };
    if (description) event.note = description;
    if (Object.keys(headers).length > 0) event.headers = headers;
    if (asked?.stream) Object.assign(event, { stream: asked.stream, consumer: asked.consumer });
    if (asked) event.request = asked.subject;
    return event;
  }

  #ask(reply: string, asked: Asked): void {
    if (reply !== "") remember(this.#asked, reply, asked);
  }
}

const API = /^\$JS(\.[^.]+)?\.API\./;

function isApi(subject: string): boolean {
  return subject.startsWith("$JS.") && API.test(subject);
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= REMEMBERED) return;
  const oldest = map.keys().next();
  if (!oldest.done) map.delete(oldest.value);
}

function parse(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    return {};
  }
}
