import { arch, cpus, platform, release, totalmem } from "node:os";
import { element, polyline, stroke, words } from "#engine/pictures/svg.ts";

/** A ratio over the rounds. */
export interface Spread {
  median: number;
  least: number;
  most: number;
}

/** The ratio of a point's rate to that of its baseline, and the two rates behind it (messages a second, medians). */
export interface Measured extends Spread {
  label: string;
  rate: number;
  against: number;
  /** Processor time of the client for a message, as a ratio to the baseline's: 1.25 is a quarter more. */
  cpu: Spread;
}

/** A series with its results. */
export interface Result {
  id: string;
  title: string;
  baseline: string;
  points: Measured[];
  goal?: boolean;
}

/** Under which circumstances. */
export interface Circumstances {
  measuredAt: string;
  rounds: number;
  count: number;
  server: string;
  /** Load average over a minute, before and after. */
  load: [number, number];
}

export const GOAL = 0.8;
const WIDTH = 360;
const HEIGHT = 190;
const COLUMNS = 2;

/** The machine in one line, without its name. */
export function machine({ server, load }: Circumstances): string {
  const [first] = cpus();
  return `${cpus().length} cores (${first?.model.trim() ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()} ${release()} ${arch()}, Node ${process.version}, nats-server ${server}; load average ${load[0].toFixed(1)} before, ${load[1].toFixed(1)} after`;
}

/** Every series as Markdown. */
export function markdown(results: Result[], about: Circumstances): string {
  const tables = results.map(({ title, baseline, points, goal }) => [
    `## ${title}`, "", `1.0 is: ${baseline}.${goal ? ` The goal for the pipeline is ${GOAL}.` : ""}`, "",
    "| | rate | least to most | a second | baseline | processor time | least to most |", "| --- | --- | --- | --- | --- | --- | --- |",
    ...points.map((point) => `| ${point.label} | **${point.median.toFixed(2)}** | ${point.least.toFixed(2)} to ${point.most.toFixed(2)} | ${whole(point.rate)} | ${whole(point.against)} | **${point.cpu.median.toFixed(2)}** | ${point.cpu.least.toFixed(2)} to ${point.cpu.most.toFixed(2)} |`),
  ].join("\n"));
  return `# The reference pipeline, measured

Written by \`npm run bench\`, ${about.measuredAt.slice(0, 10)}. Read the ratios: each is the median of ${about.rounds} rounds in which the
two took turns. The rates are this machine's: ${machine(about)}.

"Rate" is messages a second against the baseline, more is better. "Processor time" is what the client's process spends on
a message against the baseline, less is better: on a busy machine it says more, because time that others took is no part of it.

![The ratios as plots](pipeline.svg)

${tables.join("\n\n")}
`;
}

/** The ratios as small plots with one scale each, least to most as a thin line. */
export function svg(results: Result[]): string {
  const rows = Math.ceil(results.length / COLUMNS);
  const panels = results.map((result, index) => element("g", { transform: `translate(${(index % COLUMNS) * WIDTH} ${Math.floor(index / COLUMNS) * HEIGHT})` }, panel(result)));
  const style = element("style", {}, "text{font:11px system-ui,sans-serif;fill:#222}.title{font-weight:600;font-size:12px}.axis{stroke:#999}.one{stroke:#999;stroke-dasharray:3 3}.range{stroke:#0b6;stroke-width:2}.dot{fill:#063}.line{fill:none;stroke:#0b6}");
  const ground = element("rect", { width: WIDTH * COLUMNS, height: HEIGHT * rows, fill: "#fff" });
  return `${element("svg", { xmlns: "http://www.w3.org/2000/svg", viewBox: `0 0 ${WIDTH * COLUMNS} ${HEIGHT * rows}`, role: "img", "aria-label": "Ratios of the reference pipeline to its baselines; the numbers are in pipeline.md" }, [style, ground, ...panels].join(""))}\n`;
}

function panel({ title, points }: Result): string {
  const [left, right, top, bottom] = [40, WIDTH - 20, 44, HEIGHT - 36];
  const most = Math.max(1, ...points.map((point) => point.most)) * 1.1;
  const y = (value: number) => bottom - (value / most) * (bottom - top);
  const x = (index: number) => left + ((index + 0.5) / points.length) * (right - left);
  return [
    words(left, 22, title, { look: "title", room: 46 }),
    stroke(left, bottom, right, bottom, "axis"),
    stroke(left, top, left, bottom, "axis"),
    stroke(left, y(1), right, y(1), "one"),
    words(left - 6, y(1) + 4, "1.0", { anchor: "end" }),
    polyline(points.map((point, index) => [x(index), y(point.median)] as const), "line"),
    ...points.flatMap((point, index) => [
      stroke(x(index), y(point.least), x(index), y(point.most), "range"),
      element("circle", { cx: x(index), cy: y(point.median), r: 4, class: "dot" }),
      words(x(index) + 7, y(point.median) - 6, point.median.toFixed(2)),
      // Side by side where there is room, else in two rows.
      words(x(index), bottom + 15 + (points.length > 2 && index % 2 === 1 ? 13 : 0), point.label, { anchor: "middle", room: 20 }),
    ]),
  ].join("");
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en");
}
