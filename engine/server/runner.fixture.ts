// A runner for life.test.ts: starts a server, prints its pid and folder, and then ends in the way it was told.
import { openReaper } from "#engine/process/reaper.ts";
import { startServer } from "./start.ts";

const [how] = process.argv.slice(2);
const reaper = how === "killed" ? await openReaper() : undefined;
const server = await startServer({ reaper });
process.stdout.write(`${JSON.stringify({ pid: server.pid, store: server.store })}\n`);
if (how === "exits") process.exit(0);
