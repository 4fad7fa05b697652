import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { repositoryRoot } from "#engine/files/root.ts";
import { FORMATS, HEADERS, ORDERS, type FormatName } from "../bench/serialization/formats.ts";
import { sizes, type Rate, type Report } from "../bench/serialization/measure.ts";

const NAMES = Object.keys(FORMATS) as FormatName[];

test("every format gives back the order it was given", () => {
  for (const order of Object.values(ORDERS)) {
    for (const name of NAMES) expect({ ...(FORMATS[name].decode(FORMATS[name].encode(order)) as object) }, name).toEqual(order);
  }
});

test("the sizes are those of the bytes, worked out by hand", () => {
  const { "version 1": one, "version 2": two } = Object.fromEntries(sizes().map(({ what, bytes }) => [what, bytes]));
  expect(one?.JSON).toBe(JSON.stringify(ORDERS["version 1"]).length);
  expect(two?.JSON).toBe(JSON.stringify(ORDERS["version 2"]).length);
  // A byte for the map; of each field a byte before the name and one before the text; 1 is itself, 1999 is 0xcd and two bytes.
  const names = "orderIdregioncustomerskuquantityamountCentscurrency".length + 7;
  const texts = "1001euada@example.commugEUR".length + 5;
  expect(two?.MessagePack).toBe(1 + names + texts + 1 + 3);
  // A tag and a length before each text, a tag before each number, and 1999 in two bytes of seven bits.
  expect(two?.Protobuf).toBe("1001euada@example.commugEUR".length + 5 * 2 + (1 + 1) + (1 + 2));
  // The eight bytes of a double in place of number and currency.
  expect(one?.Protobuf).toBe("1001euada@example.commug".length + 4 * 2 + (1 + 1) + (1 + 8));
});

test("a note of 300 letters costs every format 300 bytes and little more", () => {
  const [, short, long] = sizes();
  for (const name of NAMES) {
    const more = long!.bytes[name] - short!.bytes[name] - 300;
    expect(more, name).toBeGreaterThan(0);
    expect(more, name).toBeLessThan(12);
  }
});

test("gzip over a hundred orders leaves little of what the formats differ in", () => {
  const [plain, zipped] = sizes().slice(-2);
  const spread = (bytes: Record<FormatName, number>) => bytes.JSON - bytes.Protobuf;
  expect(spread(zipped!.bytes)).toBeLessThan(spread(plain!.bytes) / 10);
});

test("demo:serialization --json prints one report with a rate for each format", async () => {
  const { stdout } = await demo("--rounds", "2", "--json");
  const report = JSON.parse(stdout) as Report;
  expect(report.sizes).toEqual(sizes());
  expect(report.headers).toBe(HEADERS.length);
  for (const rates of [report.encode, report.decode]) {
    expect(Object.keys(rates)).toEqual(NAMES);
    expect(rates.JSON.ratio).toBe(1);
    for (const rate of Object.values(rates)) expectRate(rate);
  }
  expectRate(report.check);
});

test("demo:serialization prints sizes, bars and what the figures do not say, in 80 columns", async () => {
  const { stdout } = await demo("--rounds", "1");
  for (const words of [/Bytes +JSON +MessagePack +Protobuf/, /Encoding\n +JSON +█/, /Decoding\n +JSON +█/, /What the figures do not say/]) expect(stdout).toMatch(words);
  expect(stdout).not.toMatch(/NaN|undefined|Infinity/);
  expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
});

test("demo:serialization refuses rounds it cannot run, with the command to type and no stack", async () => {
  const failed = await demo("--rounds", "0").catch((error: { code: number; stderr: string }) => error);
  expect(failed).toMatchObject({ code: 2 });
  expect(failed.stderr).toContain("Next: npm run demo:serialization");
  expect(failed.stderr).not.toContain("    at ");
});

function demo(...args: string[]) {
  return promisify(execFile)(process.execPath, ["--import", "tsx", "scripts/demo-serialization.ts", ...args], { cwd: repositoryRoot, env: { ...process.env, NO_COLOR: "1" } });
}

function expectRate(rate: Rate): void {
  expect(rate.perSecond).toBeGreaterThan(0);
  expect(rate.low).toBeLessThanOrEqual(rate.ratio);
  expect(rate.high).toBeGreaterThanOrEqual(rate.ratio);
}
