import type { FlightEvent } from "#engine/record/events.ts";
import { describe } from "./timeline.ts";

/** A stream as the server's monitoring tells of it (`/jsz`). */
export interface StreamFacts {
  name: string;
  subjects: string[];
  messages: number;
  first: number;
  last: number;
  deleted: number;
  retention: string;
  discard: string;
  /** -1: no limit. */
  maxMessages: number;
  /** Milliseconds in which a message id counts as known. */
  duplicateWindow: number;
  consumers: ConsumerFacts[];
}

/** A consumer as the server's monitoring tells of it; times in milliseconds. */
export interface ConsumerFacts {
  name: string;
  ackWait: number;
  maxDeliver: number;
  delivered: number;
  ackFloor: number;
  pending: number;
  ackPending: number;
  redelivered: number;
  waiting: number;
}

/** What the server says about itself now; asked over HTTP, which changes nothing on the server. */
export interface Facts {
  t: number;
  kind: "facts";
  streams: StreamFacts[];
}

/** What pictures are made from: the wire, the programs and the world as the record has them, and the server's own figures. */
export type Input = FlightEvent | Facts;

/** How a picture is drawn. */
export interface PictureLook {
  /** Now, in milliseconds of the record. */
  now: number;
  /** Units of width; the text is 13 units high. */
  width: number;
  /** False: nothing moves by itself. */
  motion?: boolean;
}

/** The same as a picture says, for those who do not see it. Each row ends with where its figures come from. */
export interface Table {
  head: string[];
  rows: string[][];
}

/** A picture: a pure function from what happened to a state, and from a state to SVG and to a table. */
export interface Picture<State = unknown> {
  id: string;
  title: string;
  /** Where to look, and what it tells. */
  looks: string;
  begin(): State;
  /** The state after one more thing has happened; the same object where it changes nothing. */
  after(state: State, input: Input): State;
  /** SVG in which every word is escaped. */
  draw(state: State, look: PictureLook): string;
  table(state: State, now: number): Table;
}

/** Keeps a picture's own state type inside, so that pictures of all kinds stand in one list. */
export function definePicture<State>(picture: Picture<State>): Picture {
  return picture as Picture;
}

/** The state after a whole story. */
export function stateAfter<State>(picture: Picture<State>, story: Iterable<Input>): State {
  let state = picture.begin();
  for (const input of story) state = picture.after(state, input);
  return state;
}

/** Kinds of which an old one still holds: who listens, and who is gone. */
export const STANDING: ReadonlySet<Input["kind"]> = new Set<Input["kind"]>(["subscribe", "unsubscribe", "disconnect", "exit"]);

/** Where a figure comes from, in the words of the wire: `wire: PUB orders.placed.eu.1`. */
export function seenAs(event: FlightEvent): string {
  const from = ["call", "answer"].includes(event.kind) ? "ledger" : ["start", "ready", "signal", "exit"].includes(event.kind) ? "process" : "wire";
  return `${from}: ${describe({ ...event, payload: "" })}`;
}

/** Subjects that are the client's own errands: inboxes and the JetStream API. */
export function isErrand(subject: string | undefined): boolean {
  return subject === undefined || subject.startsWith("_INBOX.") || subject.startsWith("$JS.") || subject.startsWith("_R_.");
}

/** An order's number, or whatever stands last in a subject. */
export function lastPart(subject: string): string {
  return subject.split(".").at(-1) ?? subject;
}

/** The last `most` of a list. */
export function lastOf<T>(list: readonly T[], most: number): readonly T[] {
  return list.length > most ? list.slice(list.length - most) : list;
}

/** Seconds with one decimal. */
export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
