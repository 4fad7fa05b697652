import type { FlightEvent, Identity } from "#engine/record/events.ts";
import { addBody, bodyText, readHeaders } from "./body.ts";
import type { Frame } from "./frame.ts";
import { isApi, readAckBody, readAckSubject, readApiError, readPubAck, readPull, readPullSubject } from "./jetstream.ts";
import { parseJson } from "./json.ts";
import { Memory } from "./memory.ts";
import { Subscriptions } from "./subscriptions.ts";

/** Requests whose answer is awaited: above this many, the oldest are forgotten. */
const ASKED = 65_536;

/** Deliveries whose ack is awaited: likewise. An ack tells nearly all of it itself. */
const IN_HAND = 16_384;

/** The record sets the time when it takes an event. Not a whole number, so that the field is a double from the start. */
const UNSTAMPED = 0.5;

/**
 * Turns the operations of one connection into events. It remembers what it needs to know what an answer answers:
 * subscriptions by their sid, requests by their reply subject, deliveries by their ack subject.
 * It runs for every message: events of the frequent kinds are written out as literals, which are several times
 * cheaper to make than spreads, and the maps hold the events themselves.
 */
export class Interpreter {
  /** `cid` in /connz, from INFO. */
  connection: number | undefined;
  /** What CONNECT called itself. */
  clientName: string | undefined;
  readonly #as: Identity | undefined;
  readonly #port: number | undefined;
  readonly #subs = new Subscriptions();
  readonly #asked = new Memory<FlightEvent>(ASKED);
  readonly #inHand = new Memory<FlightEvent>(IN_HAND);

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
  event(kind: FlightEvent["kind"]): FlightEvent {
    return { t: UNSTAMPED, kind, program: this.program, life: this.life, ...(this.connection === undefined ? {} : { connection: this.connection }) };
  }

  /** What a frame of the program means; undefined when it is not worth an event. */
  fromProgram(frame: Frame): FlightEvent | undefined {
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
  fromServer(frame: Frame): FlightEvent | undefined {
    switch (frame.verb) {
      case "MSG":
      case "HMSG": return this.#delivered(frame);
      case "INFO": return this.#informed(frame);
      case "PONG": return this.event("pong");
      case "-ERR": return { ...this.event("error"), note: frame.text };
      default: return undefined;
    }
  }

  #published(frame: Frame): FlightEvent {
    const special = frame.subject.startsWith("$JS.") ? (this.#acked(frame) ?? this.#pulled(frame)) : undefined;
    return special ?? this.#plain(frame);
  }

  #acked(frame: Frame): FlightEvent | undefined {
    const { subject } = frame;
    const said = subject.startsWith("$JS.ACK.") ? readAckBody(bodyText(frame)) : undefined;
    const held = said && this.#inHand.get(subject);
    const about = said && (held ?? readAckSubject(subject));
    if (!said || !about) return undefined;
    const { stream, consumer, sequence, consumerSequence, deliveries } = about;
    const event: FlightEvent = {
      t: UNSTAMPED, kind: said.kind, program: this.program, life: this.life, connection: this.connection,
      subject: held?.subject ?? subject, stream, consumer, sequence, consumerSequence, deliveries,
    };
    if (said.kind !== "progress") this.#inHand.delete(subject);
    if (said.extra) Object.assign(event, said.extra);
    if (frame.reply === "") return event;
    this.#ask(frame.reply, event.batch ? { ...event, kind: "pull", subject } : { ...event, subject });
    event.reply = frame.reply;
    return event;
  }

  #pulled(frame: Frame): FlightEvent | undefined {
    const from = readPullSubject(frame.subject);
    if (!from) return undefined;
    const event: FlightEvent = { ...this.event("pull"), subject: frame.subject, reply: frame.reply, ...from, ...readPull(bodyText(frame)) };
    this.#ask(frame.reply, event);
    return event;
  }

  #plain(frame: Frame): FlightEvent {
    const { subject, reply, size } = frame;
    const event: FlightEvent = reply === ""
      ? { t: UNSTAMPED, kind: "publish", program: this.program, life: this.life, connection: this.connection, subject, size, payload: undefined }
      : { t: UNSTAMPED, kind: "publish", program: this.program, life: this.life, connection: this.connection, subject, reply, size, payload: undefined };
    addBody(event, frame);
    this.#ask(reply, event);
    return event;
  }

  #subscribed(frame: Frame): FlightEvent {
    const { subject, sid, reply: queue } = frame;
    this.#subs.add(sid, subject, queue);
    return { ...this.event("subscribe"), subject, sid, ...(queue === "" ? {} : { queue }) };
  }

  #unsubscribed(frame: Frame): FlightEvent {
    const { sid, reply: max } = frame;
    const sub = this.#subs.end(sid, Number(max));
    return { ...this.event("unsubscribe"), sid, ...(sub ? { subject: sub.subject } : {}), ...(sub?.queue ? { queue: sub.queue } : {}), ...(max === "" ? {} : { note: `max ${max}` }) };
  }

  #connected(frame: Frame): FlightEvent {
    const name = parseJson<{ name?: unknown } | null>(frame.text)?.name;
    if (typeof name === "string" && name !== "") this.clientName = name;
    return { ...this.event("connect"), ...(this.#port === undefined ? {} : { port: this.#port }), ...(this.clientName === undefined ? {} : { note: this.clientName }) };
  }

  #informed(frame: Frame): undefined {
    const id = parseJson<{ client_id?: unknown } | null>(frame.text)?.client_id;
    if (typeof id === "number") this.connection = id;
  }

  #delivered(frame: Frame): FlightEvent {
    const sub = this.#subs.hear(frame.sid);
    const asked = this.#asked.get(frame.subject);
    const status = frame.verb === "HMSG" && frame.size === 0 ? this.#status(frame, asked) : undefined;
    if (status) return status;
    if (asked) return this.#answered(frame, asked);
    return frame.reply.startsWith("$JS.ACK.") ? this.#handed(frame, sub?.queue) : this.#message(frame, sub?.queue);
  }

  /** A message of a consumer: it stays in hand until it is acked. */
  #handed(frame: Frame, queue: string | undefined): FlightEvent {
    const about = readAckSubject(frame.reply);
    if (!about) return this.#message(frame, queue);
    const { subject, sid, reply, size } = frame;
    const { stream, consumer, deliveries, sequence, consumerSequence, pending } = about;
    const event: FlightEvent = {
      t: UNSTAMPED, kind: "deliver", program: this.program, life: this.life, connection: this.connection,
      subject, sid, reply, stream, consumer, sequence, consumerSequence, deliveries, pending, size, payload: undefined,
    };
    this.#complete(event, frame, queue);
    this.#inHand.set(reply, event);
    return event;
  }

  #message(frame: Frame, queue?: string): FlightEvent {
    const { subject, sid, reply, size } = frame;
    const event: FlightEvent = { t: UNSTAMPED, kind: "deliver", program: this.program, life: this.life, connection: this.connection, subject, sid, size, payload: undefined };
    if (reply !== "") event.reply = reply;
    this.#complete(event, frame, queue);
    return event;
  }

  #complete(event: FlightEvent, frame: Frame, queue: string | undefined): void {
    if (queue) event.queue = queue;
    addBody(event, frame);
  }

  #answered(frame: Frame, asked: FlightEvent): FlightEvent {
    if (asked.kind !== "pull") this.#asked.delete(frame.subject);
    const api = asked.kind === "publish" && isApi(asked.subject ?? "");
    const ack = asked.kind === "publish" && !api ? this.#puback(frame, asked) : undefined;
    if (ack) return ack;
    const event = this.#message(frame);
    event.request = asked.subject;
    if (api) Object.assign(event, readApiError(bodyText(frame)));
    if (asked.kind === "ack") event.note = "ack confirmed";
    return event;
  }

  #puback(frame: Frame, asked: FlightEvent): FlightEvent | undefined {
    const ack = readPubAck(bodyText(frame));
    if (!ack) return undefined;
    const event: FlightEvent = { t: UNSTAMPED, kind: "puback", program: this.program, life: this.life, connection: this.connection, subject: asked.subject, reply: frame.subject, stream: ack.stream, sequence: ack.sequence };
    if (ack.note !== undefined) event.note = ack.note;
    if (ack.status !== undefined) event.status = ack.status;
    return event;
  }

  #status(frame: Frame, asked: FlightEvent | undefined): FlightEvent | undefined {
    const { status, description, headers } = readHeaders(frame);
    if (status === undefined) return undefined;
    if (asked && asked.kind !== "pull") this.#asked.delete(frame.subject);
    const event: FlightEvent = { ...this.event("status"), subject: asked?.subject ?? frame.subject, reply: frame.subject, status, sid: frame.sid };
    if (description) event.note = description;
    if (Object.keys(headers).length > 0) event.headers = headers;
    if (asked?.stream) Object.assign(event, { stream: asked.stream, consumer: asked.consumer });
    if (asked) event.request = asked.subject;
    return event;
  }

  #ask(reply: string, asked: FlightEvent): void {
    if (reply !== "") this.#asked.set(reply, asked);
  }
}
