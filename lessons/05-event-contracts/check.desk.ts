import { connect as dial } from "node:net";
import { setTimeout as timeout } from "node:timers/promises";
import { headers as newHeaders, type Msg, type NatsConnection } from "@nats-io/transport-node";
import type { FlightEvent } from "#engine/record/events.ts";
import type { Handle } from "#engine/lab/handle.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { firstError } from "#engine/programs/explain.ts";
import { NotYet } from "#engine/lab/words.ts";
import { caseOf, wireLength, type Case } from "./check.cases.ts";
import type { Answer } from "./check.faults.ts";

/** How long an answer is simply waited for, before the lab is asked whether one can still come. */
const QUICK_MS = 100;

interface Sent {
  one: Case;
  /** Milliseconds since the record opened. */
  at: number;
  answers: Answer[];
  arrived: () => void;
}

/**
 * The shop before intake and the bookkeeping behind it: sends one event at a time and files what comes back under
 * the event it answers. One at a time, because a program that dies takes answers with it that it had not yet sent.
 */
export class Desk {
  readonly #lab: Lab;
  readonly #intake: Handle;
  readonly #shop: NatsConnection;
  readonly #sent: Sent[] = [];

  constructor(lab: Lab, parts: { intake: Handle; shop: NatsConnection }) {
    this.#lab = lab;
    this.#intake = parts.intake;
    this.#shop = parts.shop;
  }

  /** Opens both connections; the server has bookkeeping's subscriptions when this returns. */
  static async open(lab: Lab, intake: Handle): Promise<Desk> {
    const [shop, books] = await Promise.all([lab.connect("shop"), lab.connect("bookkeeping")]);
    const desk = new Desk(lab, { intake, shop });
    for (const subject of ["orders.accepted.>", "orders.invalid"]) books.subscribe(subject, { callback: (_error, message) => desk.#file(message) });
    await books.flush();
    return desk;
  }

  /** Sends one event and waits for its answer; undefined when nothing moves any more and none has come. */
  async send(one: Case): Promise<Answer | undefined> {
    const sent: Sent = { one, at: this.#lab.record.now(), answers: [], arrived: () => {} };
    this.#sent.push(sent);
    const arrived = new Promise<void>((resolve) => { sent.arrived = resolve; });
    await this.#publish(one);
    await Promise.race([arrived, this.#intake.program.exited, timeout(QUICK_MS, undefined, { ref: false })]);
    return sent.answers[0] ?? this.#late(sent);
  }

  // Asking the server whether anything moves costs more than an answer does: only the slow are waited for this way.
  async #late(sent: Sent): Promise<Answer | undefined> {
    try {
      await this.#lab.until(() => sent.answers.length > 0, { expected: "an answer", seen: () => "there is none" });
    } catch (error) {
      if (!(error instanceof NotYet)) throw error;
    }
    return sent.answers[0];
  }

  async #publish(one: Case): Promise<void> {
    if (one.raw) return this.#publishRaw(one);
    this.#shop.publish(one.subject, one.payload, one.headers ? { headers: asHeaders(one.headers) } : {});
    await this.#shop.flush();
  }

  /** Everything that has come for an event so far. */
  answersTo(one: Case): Answer[] {
    return this.#sent.find((sent) => sent.one === one)?.answers ?? [];
  }

  /** Says that an event was answered more than once. */
  twice(one: Case): { expected: string; seen: string } {
    return { expected: `one answer to ${one.what}`, seen: `intake published ${this.answersTo(one).map((answer) => answer.subject).join(" and ")}` };
  }

  /** What intake did from the moment an event was sent. */
  story(one: Case): FlightEvent[] {
    const from = this.#sent.find((sent) => sent.one === one)?.at ?? 0;
    const events = this.#intake.events().filter((event) => event.t >= from || event.kind === "subscribe");
    return events.filter((event) => !["ping", "pong", "pull"].includes(event.kind)).slice(-5);
  }

  /** How intake ended; undefined while it runs. */
  ending(): string | undefined {
    const exit = this.#intake.program.exit;
    return exit ? (exit.signal ?? `exit code ${exit.code}`) : undefined;
  }

  /** The error that intake ended with, as it printed it. */
  lastWords(): string | undefined {
    return this.ending() === undefined ? undefined : firstError(this.#intake.program)?.text;
  }

  /** Whether an ordinary event of version 1 is answered now. */
  async goesOn(): Promise<boolean> {
    if (!this.#intake.running) return false;
    return (await this.send(caseOf(this.#lab.orders(1)[0]!, "an ordinary order", "v1", { version: 1 }))) !== undefined;
  }

  /** Whether the event is accepted when its headers stand there in other cases as well. */
  async readsOtherCase(one: Case): Promise<boolean> {
    const names = Object.entries(one.headers ?? {});
    const canonical = (name: string) => name.replaceAll(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
    const all = names.flatMap(([name, value]) => [[name, value], [canonical(name), value], [name.toUpperCase(), value], [name.replace("ce-", "Ce-"), value]]);
    const answer = await this.send({ ...one, headers: Object.fromEntries(all) as Record<string, string> });
    return answer?.subject.startsWith("orders.accepted.") ?? false;
  }

  /** Whether a plain event of the same version is refused: then it is not what is special about this one. */
  async refusesPlain(one: Case): Promise<boolean> {
    const answer = await this.send(caseOf({ ...this.#lab.orders(1)[0]!, amountCents: 2_000 }, "a plain event", "v1", { version: one.version }));
    return answer?.subject === "orders.invalid";
  }

  #file(message: Msg): void {
    const answer = { subject: message.subject, data: message.data, headers: readHeaders(message) };
    const id = [...(answer.headers ?? [])].find(([name]) => name.toLowerCase() === "ce-id")?.[1];
    const byId = this.#sent.findLast(({ one }) => id !== undefined && one.headers?.["ce-id"] === id);
    const sent = byId ?? this.#sent.at(-1);
    sent?.answers.push(answer);
    sent?.arrived();
  }

  // The Node.js client sends no header like that, and cannot read one.
  async #publishRaw(one: Case): Promise<void> {
    const lines = { ...one.headers, "ce note": "a blank" };
    const length = wireLength(lines);
    const block = ["NATS/1.0", ...Object.entries(lines).map(([name, value]) => `${name}: ${value}`), "", ""].join("\r\n");
    const socket = dial({ host: this.#lab.server.host, port: this.#lab.server.port });
    socket.write(`CONNECT {"verbose":false,"pedantic":false,"headers":true,"name":"stranger"}\r\nHPUB ${one.subject} ${length} ${length + one.payload.length}\r\n${block}`);
    socket.write(Buffer.concat([one.payload, Buffer.from("\r\nPING\r\n")]));
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.on("data", (bytes) => { if (bytes.includes("PONG")) resolve(); });
    }).finally(() => socket.destroy());
  }
}

function asHeaders(lines: Record<string, string>) {
  const made = newHeaders();
  for (const [name, value] of Object.entries(lines)) made.set(name, value);
  return made;
}

function readHeaders(message: Msg): Map<string, string> | undefined {
  try {
    return new Map([...(message.headers ?? [])].map(([name, values]) => [name, values[0] ?? ""]));
  } catch {
    return undefined;
  }
}
