import type { IncomingMessage, ServerResponse } from "node:http";
import { CALLER_GONE } from "./gate.ts";
import type { Answer } from "./ledger.ts";

/** The names, with a port, under which this machine may call itself. A page elsewhere that points its own name at 127.0.0.1 has another. */
export const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;

/** Whether a browser asks for a page from elsewhere: by a name of that page's own, or with an Origin that is not this place. Programs send none. */
export function isFromElsewhere({ headers: { host, origin } }: IncomingMessage): boolean {
  return (host !== undefined && !LOOPBACK.test(host)) || (origin !== undefined && origin !== `http://${host}`);
}

/** The largest body that is read, in bytes; an order is a few hundred. */
export const MOST_BYTES = 64 * 1024;

/** A body that came, or why there is none: larger than `MOST_BYTES`, or the caller left before its end. */
export type Body = { text: string } | { fault: "too-large" | "half" };

/** Reads a request's body as UTF-8. Never throws. */
export async function readBody(req: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MOST_BYTES) return { fault: "too-large" };
      chunks.push(chunk);
    }
    return { text: Buffer.concat(chunks).toString("utf8") };
  } catch {
    return { fault: "half" };
  }
}

/** A signal that is aborted, with CALLER_GONE, when the connection closes before the whole answer is written. */
export function goneSignal(res: ServerResponse): AbortSignal {
  const controller = new AbortController();
  res.once("close", () => {
    if (!res.writableFinished) controller.abort(CALLER_GONE);
  });
  return controller.signal;
}

/** Sends an answer as JSON; without effect when the caller is gone. */
export function sendJson(res: ServerResponse, { status, body }: Answer): void {
  send(res, { status, type: "application/json", text: `${JSON.stringify(body)}\n` });
}

/** Sends a page of plain text. */
export function sendText(res: ServerResponse, status: number, text: string): void {
  send(res, { status, type: "text/plain; charset=utf-8", text });
}

function send(res: ServerResponse, { status, type, text }: { status: number; type: string; text: string }): void {
  if (res.destroyed) return;
  // What is left of a body that nobody reads would keep the connection busy: say so, and let it run off.
  if (!res.req.complete) res.setHeader("Connection", "close");
  res.req.resume();
  res.writeHead(status, { "Content-Type": type, "Content-Length": Buffer.byteLength(text) });
  res.end(text);
}

/** One header's text, if it was sent. */
export function headerOf(req: IncomingMessage, name: string): string | undefined {
  const value = req.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
