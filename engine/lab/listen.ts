import type { Msg } from "@nats-io/transport-node";
import type { Lab } from "./lab.ts";

/** One message as somebody heard it who has no part in the story. */
export interface Heard {
  subject: string;
  text: string;
  /** The text read as JSON; undefined where it is none. */
  json: unknown;
  /** The first value of each header, by its name in the exact case that was on the wire. */
  headers: Record<string, string>;
}

/**
 * Listens to a subject or pattern on a connection of its own, called `as`, until the check ends. Answers, once the
 * server has the subscription, the list that every message is added to. With `>` it leaves out what is no program's
 * message: subjects that begin with `_` (inboxes) or `$` (the server's own).
 */
export async function listen(lab: Lab, pattern: string, as = "listener"): Promise<Heard[]> {
  const heard: Heard[] = [];
  const nc = await lab.connect(as);
  nc.subscribe(pattern, {
    callback: (_error, message) => {
      if (!/^[_$]/.test(message.subject)) heard.push(asHeard(message));
    },
  });
  await nc.flush();
  return heard;
}

function asHeard(message: Msg): Heard {
  const { subject } = message;
  const text = message.string();
  const headers = Object.fromEntries((message.headers?.keys() ?? []).map((name) => [name, message.headers?.get(name) ?? ""]));
  try {
    return { subject, text, headers, json: JSON.parse(text) as unknown };
  } catch {
    return { subject, text, headers, json: undefined };
  }
}
