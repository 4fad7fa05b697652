// npm run demo:new [-- NAME …]: what NATS has learned since 2.11, a line for each thing, run on a server of its own.
import { connect } from "@nats-io/transport-node";
import { createColors } from "picocolors";
import wrap from "wrap-ansi";
import { Refusal } from "#engine/files/refusal.ts";
import { lookOf } from "#engine/report/terminal.ts";
import { startServer } from "#engine/server/start.ts";
import { FEATURES, handles, type Feature } from "./demo/new.ts";
import { main } from "./lib.ts";

await main("npm run demo:new -- [NAME …]", async () => {
  const chosen = choose(process.argv.slice(2).filter((word) => !word.startsWith("-")));
  const look = lookOf(process.stdout);
  const c = createColors(look.colour);
  await using server = await startServer();
  const nc = await connect({ servers: server.url, name: "demo-new" });
  const at = await handles(nc);
  const { version } = await server.get<{ version: string }>("/varz");
  console.log(`\n  nats-server ${version}; the programs are in scripts/demo/new.ts\n`);
  // Each has a stream of its own, so they wait side by side.
  const running = chosen.map((feature) => feature.run(at).then((seen) => ({ seen, ok: true }), (error: Error) => ({ seen: error.message, ok: false })));
  let failed = 0;
  for (const [index, feature] of chosen.entries()) {
    const { seen, ok } = await running[index]!;
    if (!ok) failed += 1;
    console.log(line(feature, ok ? c.green("✓") : c.red("✗"), seen));
  }
  await nc.close();
  console.log("\n  docs/whats-new.md says when each is of use.\n");
  if (failed > 0) process.exitCode = 1;

  function line({ id, since, title }: Feature, mark: string, seen: string): string {
    const text = wrap(seen, look.columns - 24).split("\n").join(`\n${" ".repeat(22)}`);
    return `  ${mark} ${since}  ${id.padEnd(11)} ${c.bold(title)}\n${" ".repeat(22)}${c.dim(text)}`;
  }
});

function choose(names: string[]): Feature[] {
  const unknown = names.find((name) => !FEATURES.some(({ id }) => id === name));
  if (unknown) throw new Refusal(`Cannot show "${unknown}". There are ${FEATURES.map(({ id }) => id).join(", ")}.`, "npm run demo:new");
  return names.length === 0 ? FEATURES : FEATURES.filter(({ id }) => names.includes(id));
}
