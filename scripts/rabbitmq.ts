// npm run rabbitmq: a RabbitMQ and the outside world, for the programs of lessons/17-choosing/rabbitmq by hand.
// With --check: judges these programs by the ledger, as lesson 6 judges those on NATS.
import { runLesson } from "#engine/check/runner.ts";
import { exitCode } from "#engine/check/verdict.ts";
import { findLesson } from "#engine/lessons/catalogue.ts";
import { openReaper } from "#engine/process/reaper.ts";
import { openBroker } from "#engine/rabbitmq/start.ts";
import { openRecord } from "#engine/record/flight.ts";
import { checkLines, ending, heading, lookOf } from "#engine/report/terminal.ts";
import { openWorld } from "#engine/world/world.ts";
import { checksOn, onRabbit } from "../lessons/17-choosing/check.rabbitmq.ts";
import { main, readFlags } from "./lib.ts";

// A broker that waits for its disk moves as little as one that is done: stillness has to last longer here.
process.env.WORKSHOP_PATIENCE ??= "5";
const USAGE = "npm run rabbitmq -- [--check]";
const { values: flags } = readFlags(USAGE, { options: { check: { type: "boolean" } } });
const stop = new Promise<void>((resolve) => {
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => resolve());
});

await main(USAGE, async () => {
  await using reaper = await openReaper();
  console.log("\n  Starting a broker. Erlang takes its time: ten seconds or so.");
  await using broker = await openBroker({ reaper });
  if (flags.check) await judge();
  else await byHand();

  async function judge(): Promise<void> {
    const lesson = onRabbit(await findLesson("6"));
    const look = lookOf(process.stdout);
    console.log(`${heading(lesson, look)}\n  on ${broker.name}\n`);
    await using checks = checksOn(broker);
    const verdict = await runLesson(lesson, { tap: false, registered: checks, all: true, onCheck: (check) => console.log(checkLines(check, look)) });
    console.log(verdict.outcome === "passed" ? `\n  Passed in ${verdict.seconds.toFixed(1)} s: the ledger is as lesson 6 wants it.` : ending(verdict, lesson, look));
    process.exitCode = exitCode(verdict);
  }

  async function byHand(): Promise<void> {
    await using record = openRecord({});
    await using world = await openWorld({ record });
    const rows = ["setup.ts", "payments.ts", "fulfilment.ts", "orders-api.ts"].map((file) => `  npx tsx lessons/17-choosing/rabbitmq/${file}`);
    console.log(`\n  ${broker.name} is ready. In other terminals:\n\n  export AMQP_URL=${broker.url}\n  export WORLD_URL=${world.url}\n\n${rows.join("\n")}\n\n  Ctrl-C stops it, and what it has stored goes with it.`);
    await stop;
    console.log("\n  Stopped.");
  }
});
