import type { FlightEvent } from "#engine/record/events.ts";

/** Bytes on their way, whole frames unless no gate was there to divide them, and what they mean. */
export interface Piece {
  bytes: Buffer[];
  events: FlightEvent[];
  /** Messages among the frames: MSG and HMSG, or PUB and HPUB. */
  messages: number;
}

/** A piece that means nothing yet. */
export function pieceOf(...bytes: Buffer[]): Piece {
  return { bytes, events: [], messages: 0 };
}

/** Bytes in a piece. */
export function sizeOf(piece: Piece): number {
  let size = 0;
  for (const bytes of piece.bytes) size += bytes.length;
  return size;
}
