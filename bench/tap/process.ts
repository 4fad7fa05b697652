/**
 * The tap in a process of its own, with a flight record in a file, as the workshop runs it.
 * `process.ts <port of the server> <file of the record>` sends its port to the parent, and ends with it.
 */
import { openRecord } from "#engine/record/flight.ts";
import { openTap } from "#engine/tap/tap.ts";

const [port = "", file = ""] = process.argv.slice(2);
const record = openRecord({ file });
const tap = await openTap({ record });
const door = await tap.door({ to: { host: "127.0.0.1", port: Number(port) } });
process.once("disconnect", () => process.exit(0));
process.send?.({ port: door.port });
