import type { FlightEvent } from "#engine/record/events.ts";
import type { Lab } from "./lab.ts";

/** What has happened since the current check began, oldest first. */
export function sceneOf(lab: Lab): FlightEvent[] {
  return lab.record.events.slice(lab.scene.event);
}

/** Whether an event is a subscription that a program of this role asked for; inboxes, which the client makes, are none. */
export function isSubscription(event: FlightEvent, role: string): boolean {
  return event.kind === "subscribe" && event.program?.split("#")[0] === role && !event.subject?.startsWith("_INBOX");
}

/**
 * Whether the server was sure to have read `first` when it read `second`, two lines of one program: it reads the
 * lines of one connection in order, and of two connections a PONG on the first one in between says that it was read.
 */
export function precedes(events: readonly FlightEvent[], first: FlightEvent, second: FlightEvent): boolean {
  const between = events.slice(events.indexOf(first), events.indexOf(second));
  return between.some((event) => event.connection === first.connection && (event.connection === second.connection || event.kind === "pong"));
}
