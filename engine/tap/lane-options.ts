import type { Socket } from "node:net";
import type { FlightEvent } from "#engine/record/events.ts";
import type { Backlog } from "./backlog.ts";
import type { Direction, Frame } from "./frame.ts";
import type { Gate } from "./sluice.ts";

/** How a sender ended: by FIN, or by a reset. */
export type Ending = "end" | "reset";

/** What a lane needs of its connection. */
export interface LaneOptions {
  direction: Direction;
  from: Socket;
  to: Socket;
  /** What a frame means. */
  read(frame: Frame): FlightEvent | undefined;
  /** The program did this, or got it: at `t` (record time, ms), or now. */
  record(event: FlightEvent, t?: number): void;
  /** Where bytes wait that were passed on and are not read. */
  backlog: Backlog;
  /** The parser has given up. */
  blind(why: string): void;
  /** The last byte has been passed on; `how` its sender ended. */
  over(how: Ending): void;
}

/** What faults do to a lane. */
export interface LaneFaults {
  /** How long every byte is kept, in milliseconds. */
  delay: number;
  /** Called for every piece that is kept so. */
  delayed(): void;
  gates: readonly Gate[];
}
