import type { Handle } from "#engine/lab/handle.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { sceneOf } from "#engine/lab/wire.ts";
import type { FlightEvent } from "#engine/record/events.ts";

const TOLD = ["publish", "puback", "status", "exit", "fault"];
/** Questions to the server that change nothing tell nothing. */
const QUIET = /^\$JS\.API\.(INFO|STREAM\.(INFO|NAMES|LIST))/;

/** What a program asked the server for, what it heard, and how it ended: its present life. */
export function storyOf(program: Handle): FlightEvent[] {
  return program.events().filter(isTold);
}

/** What became of the stream's settings in this check: by setup, and by hand. */
export function storyOfSetup(lab: Lab): FlightEvent[] {
  return sceneOf(lab).filter((event) => event.kind === "server" || (event.program === "setup" && isTold(event)));
}

/** What went into the stream in this check, and what happened to the server. */
export function storyOfStream(lab: Lab): FlightEvent[] {
  const isOrder = (event: FlightEvent) => event.subject?.startsWith("orders.") === true && ["publish", "puback"].includes(event.kind);
  return sceneOf(lab).filter((event) => event.kind === "server" || event.kind === "exit" || isOrder(event));
}

function isTold(event: FlightEvent): boolean {
  if (event.kind === "deliver") return event.status !== undefined && !QUIET.test(event.request ?? "");
  return TOLD.includes(event.kind) && !QUIET.test(event.subject ?? "");
}
