import type { Handle } from "#engine/lab/handle.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { sceneOf } from "#engine/lab/wire.ts";
import type { FlightEvent } from "#engine/record/events.ts";
import type { Fault } from "#engine/tap/tap.ts";
import { keep, makePast, type Past } from "./check.data.ts";

/**
 * What a program sends when it wants messages of ORDERS, whichever way it reads. A direct get by subject answers the
 * last message of it: that is a look at where the end is.
 */
const ASKS = [
  ["pull", "$JS.API.CONSUMER.MSG.NEXT.ORDERS.*"],
  ["publish", "$JS.API.DIRECT.GET.ORDERS"],
  ["publish", "$JS.API.STREAM.MSG.GET.ORDERS"],
] as const;
/** New payments before each answer: more than a program usually asks for at once, so that some are always left. */
const AT_ONCE = 250;
const IN_ALL = 2_000;
/** A program that stops at the end of history may have asked for more before it got there, but not so often. */
const MAY_ASK = 10;

/** Payments that come in because somebody reads. */
export interface Traffic {
  /** Those that came since the last look, oldest first. */
  readonly since: Past[];
  /** Whether the reader still asks for more long after the last message of history was delivered to it. */
  goesOn(): boolean;
  stop(): Promise<void>;
}

/**
 * A shop in which something new has always happened: whenever `reader` asks for messages its request is held until
 * new payments are stored. A look at the last message of a kind is no reading, and passes. `history` is how many messages there are, `last` the number of the last one.
 * The reader has to be started afterwards. Throws `NotJudged` without the tap.
 */
export function liveTraffic(lab: Lab, reader: string, { history, last }: { history: number; last: number }): Traffic {
  const since: Past[] = [];
  const asked = { before: 0, after: 0 };
  const hold = (): Fault[] => ASKS.map(([what, subject]) => lab.wire.hold(what, { program: reader, subject, where: (event) => !isALook(event) }));
  let held = hold();
  let end = () => {};
  const ended = new Promise<void>((resolve) => (end = resolve));
  let going = true;

  const letGo = () => held.forEach((fault) => void fault.undo());
  const shop = (async () => {
    while (true) {
      await Promise.race([ended, ...held.map((fault) => fault.hit)]);
      if (!going) return letGo();
      asked[hasReached(lab, reader, last) ? "after" : "before"] += held.reduce((sum, { hits }) => sum + hits, 0);
      if (since.length < IN_ALL) await more();
      letGo();
      held = hold();
    }
  })();
  // It fails with the lab that it needs; whoever waits for `stop` is told.
  shop.catch(() => {});

  async function more(): Promise<void> {
    const paid = makePast(lab.random, AT_ONCE).map((one) => ({ ...one, subject: one.subject.replace(/^orders\.\w+/, "orders.paid") }));
    await keep(await lab.nats, paid);
    since.push(...paid);
  }

  return {
    since,
    goesOn: () => asked.after > MAY_ASK || asked.before > history + MAY_ASK,
    async stop() {
      going = false;
      end();
      await shop;
    },
  };
}

/** Whether a get asks for the last message of a kind: where the end is, and not for the first message. */
function isALook({ payload }: FlightEvent): boolean {
  return payload?.includes('"last_by_subj"') === true;
}

/** The number that a message has in ORDERS: a consumer's message says it in its ack subject, a direct answer in a header. */
export function numberOf(event: FlightEvent): number | undefined {
  if (event.stream !== undefined) return event.stream === "ORDERS" ? event.sequence : undefined;
  const header = event.headers?.["Nats-Stream"]?.[0] === "ORDERS" ? event.headers["Nats-Sequence"]?.[0] : undefined;
  return header === undefined ? undefined : Number(header);
}

/** The numbers of the messages of ORDERS that a program was given. */
export function numbersRead(program: Handle): Set<number> {
  return new Set(program.events({ kind: "deliver" }).map(numberOf).filter((number) => number !== undefined));
}

function hasReached(lab: Lab, reader: string, last: number): boolean {
  return sceneOf(lab).some((event) => event.kind === "deliver" && event.program?.split("#")[0] === reader && (numberOf(event) ?? 0) >= last);
}
