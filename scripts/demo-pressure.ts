// npm run demo:pressure: a fast producer and a slow provider, with and without bounds, side by side.
import pc from "picocolors";
import wrap from "wrap-ansi";
import { spark } from "#engine/pictures/bars.ts";
import { Screen } from "#engine/report/screen.ts";
import { lookOf } from "#engine/report/terminal.ts";
import { LIMIT, SCALES, SIDES, underPressure, type Course, type Look, type Side } from "./demo/pressure.ts";
import { main, readFlags } from "./lib.ts";

const USAGE = "npm run demo:pressure -- [--fast]";
const LABEL = 22;
const columns = lookOf(process.stdout).columns;
/** The width of one side. */
const COLUMN = Math.floor((Math.min(columns, 96) - LABEL - 4) / 2);

/** What is shown of a look: its name, its value, and its course where a course says more. */
const ROWS: readonly { name: string; value: (look: Look, orders: number) => string; course?: (look: Look) => number }[] = [
  { name: "waiting in WORK", value: (look) => String(look.waiting), course: (look) => look.waiting },
  { name: "in flight, not acked", value: (look) => String(look.inHand), course: (look) => look.inHand },
  { name: "refused, 429", value: (look) => String(look.refused), course: (look) => look.refused },
  { name: "refused, WORK full", value: (look) => String(look.full) },
  { name: "orders stored", value: (look, orders) => `${look.stored} of ${orders}` },
  { name: "cards charged", value: (look, orders) => `${look.charged} of ${orders}`, course: (look) => look.charged },
  { name: "memory, both programs", value: (look) => `${Math.round(look.memory / 2 ** 20)} MiB` },
];

await main(USAGE, async () => {
  const scale = readFlags(USAGE, { options: { fast: { type: "boolean", default: false } } }).values.fast ? SCALES.fast : SCALES.steady;
  const screen = new Screen(process.stdout);
  screen.say(`\n  ${pc.bold("Pressure")} · ${scale.orders} orders at once, WORK takes ${scale.room}, the provider ${LIMIT} charges at a time\n`);
  let told = -1;
  const course = await underPressure(scale, (seen) => {
    screen.draw(picture(seen, scale.orders));
    const second = Math.floor(seen["with bounds"].at(-1)!.t / 1000);
    if (screen.live || second === told) return;
    told = second;
    for (const side of SIDES) screen.say(lineOf(side, seen[side].at(-1)!));
  });
  screen.keep();
  if (!screen.live) for (const line of picture(course, scale.orders)) screen.say(line);
  screen.say(`\n${wrap(balance(course, scale.orders), Math.min(columns, 96) - 4).replaceAll(/^/gm, "  ")}\n`);
});

function picture(course: Course, orders: number): string[] {
  const head = `  ${" ".repeat(LABEL)}${SIDES.map((side) => side.padEnd(COLUMN)).join("")}`;
  const most = (of: (look: Look) => number) => Math.max(...SIDES.flatMap((side) => course[side].map(of)));
  const rows = ROWS.map(({ name, value, course: of }) => {
    const cells = SIDES.map((side) => {
      const text = value(course[side].at(-1)!, orders).padEnd(13);
      return `${text}${of ? trend(course[side].map(of), most(of)) : ""}`.padEnd(COLUMN);
    });
    return `  ${name.padEnd(LABEL)}${cells.join("")}`.trimEnd();
  });
  return [pc.dim(head.trimEnd()), ...rows];
}

/** The course of a number as columns; both sides have one scale. */
function trend(values: readonly number[], most: number): string {
  const room = Math.max(1, COLUMN - 15);
  const step = Math.max(1, Math.ceil(values.length / room));
  const shown = values.filter((_, index) => index % step === 0);
  // The scale's highest value goes in front and is cut off again.
  return spark([most, ...shown]).slice(1);
}

function lineOf(side: Side, { t, waiting, inHand, refused, charged }: Look): string {
  return `  ${(t / 1000).toFixed(1).padStart(5)} s  ${side.padEnd(15)} ${waiting} waiting, ${inHand} in flight, ${refused} refused, ${charged} charged`;
}

function balance(course: Course, orders: number): string {
  const [wild, bounded] = SIDES.map((side) => course[side].at(-1)!) as [Look, Look];
  const peak = (side: Side) => Math.max(...course[side].map(({ inHand }) => inHand));
  const times = wild.charged > 0 ? `${(bounded.charged / wild.charged).toFixed(1)} times as many as without` : "and without not one";
  return [
    `In the same ${(bounded.t / 1000).toFixed(1)} s the side with bounds charged all ${orders} cards, ${times}.`,
    `It had up to ${peak("with bounds")} orders in flight, the other up to ${peak("without bounds")}, and the provider takes ${LIMIT} at a time: it said no ${wild.refused} times, and each of those orders waits for its ack wait and asks again.`,
    `${orders - wild.stored} orders never got into the full stream there, and nobody knows them any more. With bounds the shop waited instead.`,
  ].join(" ");
}
