import { gzipSync } from "node:zlib";
import * as z from "zod";
import { makeOrders, randomFrom } from "#engine/lab/orders.ts";
import { FORMATS, HEADERS, MEASURED, ORDERS, type FormatName } from "./formats.ts";

/** How fast one thing went, in operations a second: the median of all rounds, and its ratio to JSON with the middle half of the rounds. */
export interface Rate {
  perSecond: number;
  ratio: number;
  low: number;
  high: number;
}

export interface Sizes {
  what: string;
  bytes: Record<FormatName, number>;
}

/** Everything one run of the demo says; `--json` prints it. */
export interface Report {
  node: string;
  seconds: number;
  rounds: number;
  sizes: Sizes[];
  /** Bytes of one order in JSON after gzip. */
  gzipOfOne: number;
  /** Bytes of the headers that go with each event, whatever the format. */
  headers: number;
  encode: Record<FormatName, Rate>;
  decode: Record<FormatName, Rate>;
  /** A look at the decoded order with Zod. */
  check: Rate;
}

const NAMES = Object.keys(FORMATS) as FormatName[];
const SLICE_MS = 10;
const WARM_UP_MS = 60;
const BATCH = 64;

/**
 * Compares the formats. Sizes are exact; speeds are measured in rounds in which every contestant has its turn, so that a
 * machine that is busy for a while is busy for all, and each round's ratio is taken within the round.
 */
export function measure({ rounds }: { rounds: number }): Report {
  const begun = performance.now();
  const contestants = contestantsOf();
  for (const run of Object.values(contestants)) rate(run, WARM_UP_MS);
  const seen = Array.from({ length: rounds }, (_, round) => oneRound(contestants, round));
  const rateOf = (key: string, base: string) => summary(seen.map((one) => one[key] ?? 0), seen.map((one) => one[base] ?? 1));
  const forEach = (what: string) => Object.fromEntries(NAMES.map((name) => [name, rateOf(`${what} ${name}`, `${what} JSON`)])) as Record<FormatName, Rate>;
  const rates = { encode: forEach("encode"), decode: forEach("decode"), check: rateOf("check", "decode JSON") };
  const bytes = { sizes: sizes(), headers: Buffer.byteLength(HEADERS), gzipOfOne: gzipSync(FORMATS.JSON.encode(MEASURED)).length };
  return { node: process.version, seconds: Math.round(performance.now() - begun) / 1000, rounds, ...bytes, ...rates };
}

/** Bytes of each order in each format, of a hundred orders, and of the hundred compressed together. */
export function sizes(): Sizes[] {
  const row = (what: string, size: (name: FormatName) => number): Sizes => ({ what, bytes: Object.fromEntries(NAMES.map((name) => [name, size(name)])) as Record<FormatName, number> });
  const hundred = makeOrders(randomFrom("serialization"), 100).map(({ orderId, region, customer, sku, quantity, amountCents, currency }) => ({ orderId, region, customer, sku, quantity, amountCents, currency }));
  const together = (name: FormatName) => Buffer.concat(hundred.map((order) => FORMATS[name].encode(order)));
  return [
    ...Object.entries(ORDERS).map(([what, order]) => row(what, (name) => FORMATS[name].encode(order).length)),
    row("100 orders", (name) => together(name).length),
    row("100 orders, gzip over all", (name) => gzipSync(together(name)).length),
  ];
}

type Run = () => unknown;

function contestantsOf(): Record<string, Run> {
  const runs: Record<string, Run> = {};
  for (const name of NAMES) {
    const { encode, decode } = FORMATS[name];
    const bytes = encode(MEASURED);
    runs[`encode ${name}`] = () => encode(MEASURED);
    runs[`decode ${name}`] = () => decode(bytes);
  }
  const schema = schemaOf();
  const decoded = FORMATS.JSON.decode(FORMATS.JSON.encode(MEASURED));
  runs.check = () => schema.safeParse(decoded).success;
  return runs;
}

/** Each contestant once. Every round begins with another, so that none always runs after the same one. */
function oneRound(contestants: Record<string, Run>, round: number): Record<string, number> {
  const entries = Object.entries(contestants);
  const turned = entries.map((_, index) => entries[(index + round) % entries.length]!);
  return Object.fromEntries(turned.map(([key, run]) => [key, rate(run, SLICE_MS)]));
}

/** What the runs returned goes here, so that no compiler may leave them out. */
let kept: unknown;

/** Operations a second, over at least so many milliseconds. */
function rate(run: Run, ms: number): number {
  const begun = performance.now();
  let done = 0;
  let now = begun;
  while (now - begun < ms) {
    for (let i = 0; i < BATCH; i++) kept = run();
    done += BATCH;
    now = performance.now();
  }
  if (kept === undefined) throw new Error("Cannot measure what returns nothing");
  return (done / (now - begun)) * 1_000;
}

function summary(rates: number[], base: number[]): Rate {
  const ratios = rates.map((one, index) => one / (base[index] ?? 1)).toSorted((a, b) => a - b);
  const at = (share: number) => round2(ratios[Math.floor(share * (ratios.length - 1))] ?? 0);
  const sorted = rates.toSorted((a, b) => a - b);
  return { perSecond: Math.round(sorted[Math.floor((sorted.length - 1) / 2)] ?? 0), ratio: at(0.5), low: at(0.25), high: at(0.75) };
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}

// The schema of lesson 5's solution.
function schemaOf() {
  const common = { orderId: z.string(), region: z.string(), customer: z.string(), sku: z.string(), quantity: z.int().min(1) };
  return z.object({ ...common, amountCents: z.int().min(0), currency: z.string() });
}
