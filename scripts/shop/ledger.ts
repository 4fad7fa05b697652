import pc from "picocolors";
import { explainExit } from "#engine/programs/explain.ts";
import type { Services } from "./services.ts";

/** One step of an order, and the copy that took it. */
export interface WayStep {
  what: "placed" | "paid" | "declined" | "shipped";
  /** The copy's number, from 1. */
  copy: string;
  /** Milliseconds on the process's clock. */
  t: number;
}

/** The way of one order, as far as it has come. */
export interface Way {
  orderId: string;
  steps: WayStep[];
  /** What was ordered, where the shop's own customers know it. */
  what?: string;
  /** Its line is printed. */
  told: boolean;
}

/** All orders that the shop's programs have told of. */
export interface Ways {
  all(): readonly Way[];
  /** The way of one order; a new one if nobody has heard of it. */
  of(orderId: string): Way;
}

/** An order that has not moved for this long is told as it is. */
const OVERDUE_MS = 10_000;

/**
 * Follows every order by what the shop's own programs print, and says one line for each: when it is shipped or
 * declined, or when it is overdue. Whatever else they print as an error is said as it is.
 */
export function follow(services: Services, say: (text: string) => void): Ways {
  const ways = new Map<string, Way>();
  const of = (orderId: string) => ways.get(orderId) ?? ways.set(orderId, { orderId, steps: [], told: false }).get(orderId)!;
  const manyCopies = services.addresses.length > 1;
  for (const { program } of services.programs) {
    const copy = program.name.split("#")[1] ?? "1";
    program.output.onLine(({ text, stream, t }) => {
      const step = stepIn(text);
      if (step) note(of(step.orderId), { what: step.what, copy, t });
      else if (stream === "err") say(pc.red(`${program.name}: ${text}`));
    });
    void program.exited.then((exit) => exit.code !== 0 && say(pc.red(explainExit({ name: program.name, exit }))));
  }
  const note = (way: Way, step: WayStep) => {
    way.steps.push(step);
    way.steps.sort((a, b) => ORDER.indexOf(a.what) - ORDER.indexOf(b.what));
    if (isDone(way)) tell(way, { manyCopies, say });
  };
  setInterval(() => {
    const now = performance.now();
    for (const way of ways.values()) if (!way.told && now - (way.steps.at(-1)?.t ?? now) > OVERDUE_MS) tell(way, { manyCopies, say });
  }, 1_000).unref();
  return { all: () => [...ways.values()].filter((way) => way.steps.length > 0), of };
}

const ORDER = ["placed", "paid", "declined", "shipped"];

/** What a program's line says: `orders.placed.eu.k3f9 …`, `k3f9 paid`, `k3f9 shipped`. */
function stepIn(text: string): Pick<WayStep, "what"> & { orderId: string } | undefined {
  const placed = /^orders\.placed\.\w+\.(\S+) /.exec(text);
  if (placed?.[1]) return { what: "placed", orderId: placed[1] };
  const [, orderId, what] = /^(\S+) (paid|declined|shipped)$/.exec(text) ?? [];
  return orderId ? { what: what as WayStep["what"], orderId } : undefined;
}

function isDone({ steps, told }: Way): boolean {
  return !told && steps.some(({ what }) => what === "shipped" || what === "declined");
}

function tell(way: Way, { manyCopies, say }: { manyCopies: boolean; say: (text: string) => void }): void {
  // The last program's line may come before the first one's: they are different pipes.
  setImmediate(() => {
    if (way.told) return;
    way.told = true;
    say(lineOf(way, manyCopies));
  });
}

/** `fb2c91d0aa41  2 × mug   placed #1 → paid #3 → shipped #2   431 ms`. */
function lineOf({ orderId, what = "", steps }: Way, manyCopies: boolean): string {
  const way = steps.map((step) => `${COLOUR[step.what](step.what)}${manyCopies ? pc.dim(` #${step.copy}`) : ""}`).join(" → ");
  const last = steps.at(-1)!;
  const ms = Math.round(last.t - steps[0]!.t);
  const end = last.what === "shipped" || last.what === "declined" ? pc.dim(`  ${ms} ms`) : pc.yellow(` → nothing for ${OVERDUE_MS / 1000} s`);
  return `${pc.dim(orderId.padEnd(12))}  ${what.padEnd(8)}  ${way}${end}`;
}

const COLOUR = { placed: (text: string) => text, paid: pc.cyan, declined: pc.yellow, shipped: pc.green };
