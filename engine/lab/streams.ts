import { readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AckPolicy, JetStreamApiError, jetstream, type StreamConfig } from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import { breath } from "./clock.ts";
import type { Lab } from "./lab.ts";
import { subjectOf, type OrderEvent } from "./orders.ts";
import { NotYet } from "./words.ts";

/** A message of a stream as a witness read it. */
export interface Stored {
  subject: string;
  /** Its number in the stream. */
  sequence: number;
  text: string;
  headers: Record<string, string[]>;
  /** When the stream stored it, ISO 8601 with nanoseconds. */
  storedAt: string;
}

/** How the shop's events are published. */
export interface StoreOptions {
  /** The second part of the subject: `placed` unless it says otherwise. */
  event?: string;
  /** The name of the connection; `shop` unless it says otherwise. */
  as?: string;
}

/** Answers asked for and not yet in hand; more would only wait in the socket. */
const WINDOW = 256;
/** Messages asked for at once by a witness. */
const BATCH = 500;
/** A witness that was forgotten goes by itself after this many milliseconds. */
const WITNESS_MS = 5_000;
/** The longest wait for the files of streams that were removed. */
const SWEPT_MS = 1_000;

/** Removes every stream of the lab's server, with its messages and consumers: a clean ground for a check. */
export async function removeStreams(lab: Lab): Promise<void> {
  const { streams } = await lab.jsm();
  for (const name of await streams.names().next()) await streams.delete(name);
  // The server answers first and removes files after it, an empty folder of all streams among them. A stream that is
  // made in that moment loses its folder: "error creating store for stream", once in some hundred runs.
  const folders = lab.servers.map(({ store }) => join(store, "jetstream", "$G", "streams"));
  const deadline = performance.now() + SWEPT_MS;
  for (let round = 0; folders.some(holdsFiles) && performance.now() < deadline; round++) await breath(round);
}

function holdsFiles(folder: string): boolean {
  try {
    return readdirSync(folder).length > 0;
  } catch {
    return false;
  }
}

/**
 * Makes the stream `ORDERS` as lessons 08, 09, 12 and 16 find it: `orders.>`, limits, file, `allow_direct`. `config`
 * changes or adds settings (durations are nanoseconds). Throws the server's error when it refuses.
 */
export async function makeOrdersStream(lab: Lab, config: Partial<StreamConfig> = {}): Promise<void> {
  const { streams } = await lab.jsm();
  await streams.add({ name: "ORDERS", subjects: ["orders.>"], retention: "limits", storage: "file", allow_direct: true, ...config });
}

/**
 * Makes the workqueue `WORK` as lessons 10, 13 and 15 find it: `orders.placed.>`, file, and a full stream refuses
 * (discard new). `config` changes or adds settings. Throws the server's error when it refuses.
 */
export async function makeWorkStream(lab: Lab, config: Partial<StreamConfig> = {}): Promise<void> {
  const { streams } = await lab.jsm();
  await streams.add({ name: "WORK", subjects: ["orders.placed.>"], retention: "workqueue", storage: "file", discard: "new", ...config });
}

/**
 * Publishes events into a stream as another program would, through the tap, in order, and waits for every PubAck.
 * Throws `NotYet` when one is refused: the stream is the learner's as often as ours.
 */
export async function store(lab: Lab, orders: readonly OrderEvent[], { event = "placed", as = "shop" }: StoreOptions = {}): Promise<void> {
  const js = jetstream(await lab.connect(as));
  const publish = (order: OrderEvent) => js.publish(subjectOf(order, event), JSON.stringify(order));
  try {
    for (let at = 0; at < orders.length; at += WINDOW) await Promise.all(orders.slice(at, at + WINDOW).map(publish));
  } catch (error) {
    throw new NotYet({ expected: `a stream that takes in ${orders.length} events on orders.${event}.>`, seen: inWords(error as Error), timeline: lab.record.where({ program: as }).slice(-4) });
  }
}

/**
 * Reads a whole stream (not a workqueue), first message to last, by a consumer of a witness over the administrator's
 * connection, and removes the consumer. Nothing is acked, no other consumer moves. Undefined without such a stream.
 */
export async function readStream(lab: Lab, name = "ORDERS"): Promise<Stored[] | undefined> {
  const { consumers } = await lab.jsm();
  const witness = await consumers.add(name, { ack_policy: AckPolicy.None, inactive_threshold: nanos(WITNESS_MS) }).catch(absent);
  if (!witness) return undefined;
  try {
    return await readAll(lab, { stream: name, consumer: witness.name, count: witness.num_pending });
  } finally {
    await consumers.delete(name, witness.name);
  }
}

/** Writes a value as JSON to a file in the lab's folder, for `ORDERS_FILE` and its like. Answers the absolute path. */
export async function writeData(lab: Lab, name: string, value: unknown): Promise<string> {
  const file = join(lab.folder, name);
  await writeFile(file, JSON.stringify(value));
  return file;
}

async function readAll(lab: Lab, from: { stream: string; consumer: string; count: number }): Promise<Stored[]> {
  const consumer = await jetstream(await lab.nats).consumers.get(from.stream, from.consumer);
  const read: Stored[] = [];
  for (let before = -1; read.length < from.count && read.length > before;) {
    before = read.length;
    for await (const message of await consumer.fetch({ max_messages: Math.min(BATCH, from.count - read.length), expires: WITNESS_MS })) {
      const headers = Object.fromEntries((message.headers?.keys() ?? []).map((key) => [key, message.headers?.values(key) ?? []]));
      read.push({ subject: message.subject, sequence: message.seq, text: message.string(), headers, storedAt: message.timestamp });
    }
  }
  return read;
}

/** `no such stream` is an answer; anything else is an error. */
function absent(error: unknown): undefined {
  if (!(error instanceof JetStreamApiError) || error.code !== NO_SUCH_STREAM) throw error;
}

const NO_SUCH_STREAM = 10059;

/** The client says "jetstream is not enabled" whenever no stream has the subject. */
function inWords(error: Error): string {
  return error.name === "JetStreamNotEnabled" ? "no stream has this subject" : `the server says "${error.message}"`;
}
