import wrap from "wrap-ansi";
import { bars } from "#engine/pictures/bars.ts";
import type { FormatName } from "./formats.ts";
import type { Rate, Report, Sizes } from "./measure.ts";

/** The run as text of so many columns: sizes, speeds as bars, and what they do not say. */
export function textOf(report: Report, { columns }: { columns: number }): string {
  const version2 = report.sizes.find(({ what }) => what === "version 2")!;
  return [
    "",
    "One order of lesson 5, three formats",
    "",
    ...sizeTable(report.sizes),
    "",
    ...speed("Encoding", report.encode, columns),
    "",
    ...speed("Decoding", report.decode, columns),
    "",
    ...wrapped(`Median of ${report.rounds} rounds of 10 ms in which each format has its turn, on this machine, Node.js ${report.node}; in brackets the middle half of the rounds. Ratios to JSON, which is 1: read these, the rates are of this moment.`, columns),
    "",
    "What the figures do not say",
    "",
    ...unsaid(report, version2).flatMap((text) => [...bullet(text, columns), ""]),
  ].join("\n");
}

function sizeTable(sizes: Sizes[]): string[] {
  const names = Object.keys(sizes[0]!.bytes) as FormatName[];
  const label = Math.max(...sizes.map(({ what }) => what.length));
  const line = (cells: (string | number)[]) => cells.map((cell, index) => `${cell}`.padStart((names[index] ?? "").length + 3)).join("");
  return [
    `  ${"Bytes".padEnd(label)}${line(names)}`,
    ...sizes.map(({ what, bytes }) => `  ${what.padEnd(label)}${line(names.map((name) => bytes[name].toLocaleString("en")))}`),
  ];
}

function speed(title: string, rates: Record<FormatName, Rate>, columns: number): string[] {
  const entries = Object.entries(rates);
  const drawn = bars(Object.fromEntries(entries.map(([name, rate]) => [name, rate.ratio])), { columns: columns - 34, unit: "×" });
  const width = Math.max(...drawn.map((line) => line.length));
  return [`  ${title}`, ...drawn.map((line, index) => `  ${line.padEnd(width)}  ${spread(entries[index]![1])}`)];
}

function spread({ low, high, perSecond }: Rate): string {
  const rate = perSecond >= 1e6 ? `${(perSecond / 1e6).toFixed(1)} M/s` : `${Math.round(perSecond / 1e3)} k/s`;
  return low === 1 && high === 1 ? rate.padStart(8) : `${rate.padStart(8)}  (${low} to ${high})`;
}

function unsaid(report: Report, version2: Sizes): string[] {
  const { JSON: json, Protobuf: protobuf } = version2.bytes;
  const micro = (rate: Rate) => (1e6 / rate.perSecond).toFixed(1);
  const gzip = report.sizes.find(({ what }) => what.includes("gzip"))!.bytes;
  return [
    `Change. MessagePack and JSON carry the names of the fields, so a reader finds its way without the sender. Protobuf carries numbers: it is small because both sides hold the same .proto, and it stays readable only while no number ever changes its meaning. It does not tell a missing number from a zero (proto3, unless the field is optional), and no format looks at your values: 19.999 euros pass in all three.`,
    `Reading. JSON can be read in any log and typed by hand at midnight. The other two need a tool, and Protobuf the right .proto.`,
    `Compression. Over 100 orders gzip leaves ${gzip.JSON} bytes of JSON, ${gzip.MessagePack} of MessagePack and ${gzip.Protobuf} of Protobuf: most of what the compact formats save is repetition (and made-up orders repeat more than real ones). One order alone gzip makes no shorter: ${report.gzipOfOne} bytes of ${json}. A stream can compress what it stores; between a client and the server nothing is compressed.`,
    `The rest of the message. The headers of this event are ${report.headers} bytes in every format; Protobuf saves ${json - protobuf} of the body.`,
    `Where the time goes. Encoding and decoding this order as JSON takes ${micro(report.encode.JSON)} and ${micro(report.decode.JSON)} millionths of a second, looking at it with Zod another ${micro(report.check)}. A request or a PubAck takes a hundred or more. Change the format when you have measured that it is the format (lesson 16).`,
    `Another language. These are JavaScript libraries. JSON is built into the engine, the others are written in JavaScript; in another language the ranking may be another.`,
  ];
}

function bullet(text: string, columns: number): string[] {
  return wrap(text, columns - 4).split("\n").map((line, index) => `${index === 0 ? "  · " : "    "}${line}`);
}

function wrapped(text: string, columns: number): string[] {
  return wrap(text, columns - 2).split("\n").map((line) => `  ${line}`);
}
