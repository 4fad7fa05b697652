// npm run demo:serialization: JSON, MessagePack and Protobuf on lesson 5's orders, size and speed, on this machine.
import { parseArgs } from "node:util";
import { Refusal } from "#engine/files/refusal.ts";
import { lookOf } from "#engine/report/terminal.ts";
import { measure } from "../bench/serialization/measure.ts";
import { textOf } from "../bench/serialization/report.ts";
import { main } from "./lib.ts";

const USAGE = "npm run demo:serialization -- [--rounds 1 to 100] [--json]";

await main(USAGE, async () => {
  const { rounds, json } = readArguments();
  const report = measure({ rounds });
  console.log(json ? JSON.stringify(report) : textOf(report, lookOf(process.stdout)));
});

function readArguments(): { rounds: number; json: boolean } {
  try {
    const { values } = parseArgs({ options: { rounds: { type: "string", default: "21" }, json: { type: "boolean", default: false } } });
    const rounds = Number(values.rounds);
    if (Number.isInteger(rounds) && rounds >= 1 && rounds <= 100) return { rounds, json: values.json };
    throw new Error(`--rounds has to be a whole number from 1 to 100: it is ${values.rounds}`);
  } catch (cause) {
    throw new Refusal(`Cannot run the demo: ${(cause as Error).message}`, USAGE, { cause });
  }
}
