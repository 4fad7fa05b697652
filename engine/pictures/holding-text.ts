import { createColors } from "picocolors";
import width from "string-width";
import { shortOf } from "./holding-names.ts";
import type { Holder, Holding, HeldMessage, Whereabouts } from "./holding.ts";

/** How the picture is drawn. */
export interface HoldingLook {
  /** Now, in milliseconds of the record: how far the ack waits have run down. */
  now: number;
  /** The most columns that a line may have; the picture is made for 60 and more. */
  columns: number;
  colour?: boolean;
}

type Colours = ReturnType<typeof createColors>;

const SIGNS: Record<Whereabouts, string> = { waiting: "·", held: "●", fallen: "▲", done: "✓" };
/** The length of a full ack wait. */
const BAR = 12;

/**
 * "Who holds what" as lines for a terminal: the stream as a row of signs, a line for each worker with what it has in
 * its hands and how long the server still waits for the ack, and a line for each message that a dead worker dropped.
 * States have signs and words, so that it can be read without colour.
 */
export function drawHolding(holding: Holding, look: HoldingLook): string[] {
  const c = createColors(look.colour ?? false);
  const frame = { holding, look, c, name: longest(holding.holders.map(({ name }) => name)), order: longest(holding.messages.map(shortOf)) };
  const workers = [...holding.holders].sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
  const fallen = holding.messages.filter(({ at }) => at === "fallen");
  const lines = [...workers.map((holder) => workerLine(holder, frame)), ...fallen.map((message) => floorLine(message, frame))];
  return [...tape(holding, look, c), "", ...lines].map((line) => clip(line, look.columns));
}

interface Frame {
  holding: Holding;
  look: HoldingLook;
  c: Colours;
  /** Columns of the names and of the orders. */
  name: number;
  order: number;
}

function longest(words: string[]): number {
  return Math.max(8, ...words.map((word) => word.length));
}

function tape({ stream, consumer, messages }: Holding, { columns }: HoldingLook, c: Colours): string[] {
  const count = (at: Whereabouts) => messages.filter((message) => message.at === at).length;
  const words = [`${SIGNS.waiting} ${count("waiting")} waiting`, `${SIGNS.held} ${count("held")} in hand`, ...(count("fallen") > 0 ? [`${SIGNS.fallen} ${count("fallen")} dropped`] : []), `${SIGNS.done} ${count("done")} acked`];
  const room = Math.max(8, Math.floor((columns - 4) / 2));
  const shown = messages.slice(-room).map(({ at }) => PAINT[at](c)(SIGNS[at]));
  return [`  ${stream} / ${consumer}   ${words.join("   ")}`, `  ${shown.join(" ") || "(nothing stored yet)"}`];
}

function workerLine(holder: Holder, { holding, look, c, name, order }: Frame): string {
  const label = `  ${holder.name.padEnd(name)}  `;
  if (holder.ended !== undefined) return c.dim(`${label}✗ gone (${holder.ended})`);
  const [first, ...rest] = holding.messages.filter((message) => message.at === "held" && message.holder === holder.name);
  if (!first) return `${label}${c.dim(holder.asks ? "asks for more" : "has nothing")}`;
  const short = shortOf(first);
  const does = holder.busyWith === short ? "charges" : "has";
  const more = rest.length > 0 ? `  and ${rest.length} more` : "";
  return `${label}${PAINT.held(c)(SIGNS.held)} ${does.padEnd(8)} ${short.padEnd(order)}  ${wait(first, { holding, look })}${again(first)}${more}`;
}

function floorLine(message: HeldMessage, { holding, look, c, name, order }: Frame): string {
  const label = `  ${"no one".padEnd(name)}  `;
  return `${label}${PAINT.fallen(c)(SIGNS.fallen)} ${"dropped".padEnd(8)} ${shortOf(message).padEnd(order)}  ${wait(message, { holding, look })}${again(message)}`;
}

/** How much of the ack wait is left, as a bar and in seconds. */
function wait({ due = 0 }: HeldMessage, { holding, look }: Pick<Frame, "holding" | "look">): string {
  const left = Math.max(0, due - look.now);
  const full = Math.min(BAR, Math.ceil((left / Math.max(1, holding.ackWait)) * BAR));
  const bar = "█".repeat(full) + "░".repeat(BAR - full);
  return left > 0 ? `${bar} ${(left / 1_000).toFixed(1)} s to ack` : `${bar} over: for the next that asks`;
}

function again({ deliveries }: HeldMessage): string {
  return deliveries > 1 ? `  delivery ${deliveries}` : "";
}

const PAINT: Record<Whereabouts, (c: Colours) => (text: string) => string> = {
  waiting: (c) => c.dim,
  held: (c) => c.cyan,
  fallen: (c) => c.yellow,
  done: (c) => c.green,
};

/** Cuts a line that is too wide. A painted one is cut without its colours: that is rare, and its colour must end. */
function clip(line: string, columns: number): string {
  if (width(line) <= columns) return line;
  // oxlint-disable-next-line no-control-regex -- the colour codes begin with ESC
  return `${line.replaceAll(/\u001b\[\d+m/g, "").slice(0, columns - 1)}…`;
}
