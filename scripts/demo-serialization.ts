// npm run demo:serialization: JSON, MessagePack and Protobuf on lesson 5's orders, size and speed, on this machine.
import { lookOf } from "#engine/report/terminal.ts";
import { measure } from "../bench/serialization/measure.ts";
import { textOf } from "../bench/serialization/report.ts";
import { main, numberFlag, readFlags } from "./lib.ts";

const USAGE = "npm run demo:serialization -- [--rounds 1 to 100] [--json]";

await main(USAGE, async () => {
  const { values } = readFlags(USAGE, { options: { rounds: { type: "string", default: "21" }, json: { type: "boolean", default: false } } });
  const rounds = numberFlag(USAGE, "--rounds", values.rounds, { from: 1, to: 100, whole: true });
  const report = measure({ rounds });
  console.log(values.json ? JSON.stringify(report) : textOf(report, lookOf(process.stdout)));
});
