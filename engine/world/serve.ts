import type { IncomingMessage, ServerResponse } from "node:http";
import { CALLER_GONE } from "./gate.ts";
import { goneSignal, headerOf, MOST_BYTES, readBody, sendJson } from "./http.ts";
import type { Body } from "./http.ts";
import type { Answer, Ledger, LedgerLine } from "./ledger.ts";
import type { Receipts } from "./receipts.ts";
import type { Route } from "./route.ts";
import { readCall } from "./services.ts";
import type { Service } from "./services.ts";
import type { Troubles } from "./troubles.ts";

/** What a call meets inside. */
export interface Inside {
  ledger: Ledger;
  receipts: Receipts;
  troubles: Troubles;
}

/** A call's route, its service known. */
export type CallRoute = Route & { service: Service };

/** One call from its arrival to its answer. Never throws: a caller that went away is a line in the ledger. */
export async function serveCall(req: IncomingMessage, res: ServerResponse, { route, inside }: { route: CallRoute; inside: Inside }): Promise<void> {
  const gone = goneSignal(res);
  const read = await readBody(req);
  // Half a request is no call.
  if ("fault" in read && read.fault === "half") return void res.destroy();
  const { line, refusal } = arrive(req, { route, read, ledger: inside.ledger });
  gone.addEventListener("abort", () => (line.aborted = true), { once: true });
  const answer = refusal ?? (await answerTo(line, { gone, inside }));
  finish(line, { answer, inside });
  if (answer) sendJson(res, answer);
  else res.destroy();
}

function arrive(req: IncomingMessage, { route, read, ledger }: { route: CallRoute; read: Body; ledger: Ledger }) {
  const { service, program, life } = route;
  const { body, refusal } = "text" in read ? readCall(service, read.text) : TOO_LARGE;
  const named = {
    orderId: typeof body.orderId === "string" ? body.orderId : undefined,
    key: headerOf(req, "idempotency-key"),
    correlationId: headerOf(req, "correlation-id"),
    traceparent: headerOf(req, "traceparent"),
  };
  const present = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
  const line = ledger.arrive({ service, program, life, ...present, body });
  return { line, refusal: refusal === undefined ? undefined : { status: 400, body: { error: refusal } } };
}

/** Undefined when the caller went away. */
async function answerTo(line: LedgerLine, { gone, inside }: { gone: AbortSignal; inside: Inside }): Promise<Answer | undefined> {
  try {
    return inside.troubles.tooMany(line) ?? (await handle(line, { gone, inside }));
  } catch (error) {
    if (error === CALLER_GONE) return undefined;
    return { status: 500, body: { error: `The world itself failed: ${String(error)}` } };
  }
}

/** The way of a call: a place, the time it takes, the point before its effect, the effect, the point before its answer. */
async function handle(line: LedgerLine, { gone, inside }: { gone: AbortSignal; inside: Inside }): Promise<Answer> {
  const { ledger, receipts, troubles } = inside;
  await troubles.queue(line, gone);
  ledger.begin(line);
  await troubles.delay(line, gone);
  await troubles.hold("before-effect", line, gone);
  gone.throwIfAborted();
  const answer = effectOf(line, { receipts, failure: troubles.failure(line) });
  await troubles.hold("before-answer", line, gone);
  return answer;
}

/** A service that is down does nothing; one that declines still knows its keys. */
function effectOf(line: LedgerLine, { receipts, failure }: { receipts: Receipts; failure: Answer | undefined }): Answer {
  return failure && failure.status !== 402 ? failure : receipts.settle(line, failure);
}

/** The call leaves "in flight" here, before its answer is sent: a caller at the limit can call again at once. */
function finish(line: LedgerLine, { answer, inside }: { answer: Answer | undefined; inside: Inside }): void {
  if (answer) inside.ledger.end(line, answer);
  else inside.ledger.abort(line);
  inside.troubles.left(line);
}

const TOO_LARGE: { body: Record<string, unknown>; refusal: string } = {
  body: {},
  refusal: `Cannot read the body as it must have at most ${MOST_BYTES} bytes`,
};
