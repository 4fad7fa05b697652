import { pieceOf, sizeOf, type Piece } from "./piece.ts";

/** A fault as a lane sees it: it takes single frames out of the stream. */
export interface Gate {
  /** Whether this frame is to be kept or lost; counts the hit. */
  takes(frame: Piece): boolean;
  /** False: what it takes is lost. */
  keeps: boolean;
}

/** Where frames go from a sluice. */
export interface SluiceOptions {
  pass(piece: Piece): void;
  lose(piece: Piece): void;
}

/**
 * Lets frames through one by one and keeps or loses those that a gate takes. A frame whose beginning has been
 * passed on before the gate was there goes on to its end: half a frame would break the connection.
 */
export class Sluice {
  /** The beginning of the present frame has been passed on. */
  begun = false;
  readonly #options: SluiceOptions;
  #gates: readonly Gate[] = [];
  #kept: { gate: Gate; piece: Piece }[] = [];
  #partial: Buffer[] = [];
  #bytes = 0;

  constructor(options: SluiceOptions) {
    this.#options = options;
  }

  /** Whether frames have to be looked at one by one. */
  get active(): boolean {
    return this.#gates.length > 0;
  }

  /** Whether a gate keeps something. */
  get keeping(): boolean {
    return this.#kept.length > 0;
  }

  /** Bytes in hand. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Changes the gates; what a removed one kept goes on in order, past the gates that remain. */
  setGates(gates: readonly Gate[]): void {
    this.#gates = gates;
    const free = this.#kept.filter(({ gate }) => !gates.includes(gate));
    if (free.length > 0) this.#kept = this.#kept.filter(({ gate }) => gates.includes(gate));
    for (const { piece } of free) {
      this.#bytes -= sizeOf(piece);
      this.#decide(piece);
    }
    if (gates.length === 0) this.passPartial();
  }

  /** A frame's last bytes are here: the whole frame, with those that came before. */
  whole(bytes: Buffer): Piece {
    return pieceOf(...this.#takePartial(), bytes);
  }

  /** Lets a whole frame through, or not. */
  offer(piece: Piece): void {
    const begun = this.begun;
    this.begun = false;
    if (begun) this.#options.pass(piece);
    else this.#decide(piece);
  }

  /** The beginning of a frame; it waits for its end unless it must go on. */
  rest(bytes: Buffer, mustPass: boolean): void {
    if (bytes.length === 0) return;
    this.#partial.push(bytes);
    this.#bytes += bytes.length;
    if (mustPass || this.begun || !this.active) this.passPartial();
  }

  /** Passes the beginning of a frame on. */
  passPartial(): void {
    if (this.#partial.length === 0) return;
    this.begun = true;
    this.#options.pass(pieceOf(...this.#takePartial()));
  }

  /** Throws away what is in hand. */
  clear(): void {
    this.#kept = [];
    this.#partial = [];
    this.#bytes = 0;
  }

  #takePartial(): Buffer[] {
    const partial = this.#partial;
    this.#partial = [];
    for (const bytes of partial) this.#bytes -= bytes.length;
    return partial;
  }

  #decide(piece: Piece): void {
    const gate = this.#gates.find((gate) => gate.takes(piece));
    if (!gate) return this.#options.pass(piece);
    if (!gate.keeps) return this.#options.lose(piece);
    this.#kept.push({ gate, piece });
    this.#bytes += sizeOf(piece);
  }
}
