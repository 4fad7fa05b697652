import type { Lab } from "./lab.ts";
import { NotYet } from "./words.ts";

/** A reply as a check reads it. */
export interface Reply {
  body: string;
  /** The first value of each header, by its name in the exact case that was on the wire. */
  headers: Record<string, string>;
}

/** A program of the check's own that asks. */
export interface Asker {
  /** Publishes a request with an inbox of its own, and answers the inbox at once. */
  send(subject: string, body: string): string;
  /** What has come to an inbox so far. The server's word that nobody listens is no reply. */
  replies(inbox: string): Reply[];
  /** The first reply in an inbox; undefined once nothing moves any more and none has come. */
  reply(inbox: string): Promise<Reply | undefined>;
}

/**
 * Opens a connection that asks as `name`. Unlike the client's `request` it has no time-out, and it keeps every
 * reply: so that "no reply" rests on stillness, and a second reply is seen.
 */
export async function openAsker(lab: Lab, name: string): Promise<Asker> {
  const nc = await lab.connect(name);
  const got = new Map<string, Reply[]>();
  nc.subscribe(`_INBOX.${name}.*`, {
    callback: (_error, message) => {
      if (message.headers?.code === 503) return;
      const headers = Object.fromEntries((message.headers?.keys() ?? []).map((key) => [key, message.headers?.get(key) ?? ""]));
      got.set(message.subject, [...(got.get(message.subject) ?? []), { body: message.string(), headers }]);
    },
  });
  await nc.flush();
  let sent = 0;
  const replies = (inbox: string) => got.get(inbox) ?? [];
  return {
    replies,
    send(subject, body) {
      const inbox = `_INBOX.${name}.${++sent}`;
      nc.publish(subject, body, { reply: inbox });
      return inbox;
    },
    reply: (inbox) => lab.until(() => replies(inbox)[0], { expected: "a reply", seen: () => "none" }).catch(silence),
  };
}

function silence(error: unknown): undefined {
  if (!(error instanceof NotYet)) throw error;
}
