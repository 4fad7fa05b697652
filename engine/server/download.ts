import { createWriteStream } from "node:fs";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { BadDownload, FETCH_COMMAND, messageOf, ServerError } from "./errors.ts";
import type { Progress } from "./progress.ts";

/** A download is given up when there is no answer, or no further byte, for this long. */
const STALLED_MS = 15_000;

/**
 * Downloads a URL into a file and reports the bytes. Throws ServerError when there is no answer or a wrong one,
 * BadDownload when the body ends before the announced length.
 */
export async function download(url: string, file: string, progress: Progress): Promise<void> {
  const stall = new AbortController();
  const alarm = setTimeout(() => stall.abort(new Error(`no byte for ${STALLED_MS / 1000} s`)), STALLED_MS);
  try {
    const answer = await ask(url, stall.signal);
    const total = Number(answer.headers.get("content-length") ?? 0) || undefined;
    await save(answer, file, { total, url, onBytes: (done) => (alarm.refresh(), progress.bytes(done, total)) });
  } finally {
    clearTimeout(alarm);
  }
}

async function ask(url: string, signal: AbortSignal): Promise<Response> {
  const answer = await fetch(url, { signal }).catch((error: unknown) => {
    throw new ServerError(`no answer from ${url}: ${reasonOf(error)}`, FETCH_COMMAND, { cause: error });
  });
  if (!answer.ok || !answer.body) throw new ServerError(`${url} answered ${answer.status} ${answer.statusText}, required 200`, FETCH_COMMAND);
  return answer;
}

async function save(answer: Response, file: string, options: { total: number | undefined; url: string; onBytes: (done: number) => void }): Promise<void> {
  let done = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      options.onBytes((done += chunk.length));
      next(null, chunk);
    },
  });
  await pipeline(Readable.from(answer.body as AsyncIterable<Uint8Array>), count, createWriteStream(file)).catch((error: unknown) => {
    throw new BadDownload(`refused ${options.url}: expected ${options.total ?? "an unknown number of"} bytes, found ${done} before it broke off (${reasonOf(error)})`, FETCH_COMMAND, { cause: error });
  });
}

// fetch says "fetch failed" and keeps the reason in its cause.
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? messageOf(error) : messageOf(cause);
}
