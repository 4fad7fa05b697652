/**
 * Server, tap and page in one process, as `npm start` has them: `process.ts <folder>` sends its addresses to the parent,
 * and ends with it.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { openRecord } from "#engine/record/flight.ts";
import { startServer } from "#engine/server/start.ts";
import { openTap } from "#engine/tap/tap.ts";
import { events } from "../../web/hub.ts";
import { Feed } from "../../web/live/feed.ts";
import { openSite } from "../../web/serve.ts";

const [folder = ""] = process.argv.slice(2);
const record = openRecord({ file: join(folder, "flight.jsonl") });
const server = await startServer({ store: join(folder, "store") });
const tap = await openTap({ record });
const door = await tap.door({ to: { host: server.host, port: server.port } });
const feed = new Feed({ record, server });
const site = openSite([(app) => app.get("/events", (c) => events(c, [feed.source]))]);
const http = createServer(site.listener).listen(0, "127.0.0.1", () => process.send?.({ nats: door.url, page: `http://127.0.0.1:${(http.address() as AddressInfo).port}` }));
process.once("disconnect", () => void server.stop().then(() => process.exit(0)));
