import { once } from "node:events";
import { createServer, request, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { ORDER, post, textOf, until, startCaller, worldOnRecord } from "./fixtures/harness.ts";
import { openWorld } from "./world.ts";
import type { Service } from "./world.ts";

const GOOD: [Service, object][] = [
  ["charge", ORDER],
  ["reserve", { orderId: "1001", sku: "mug", quantity: 2 }],
  ["ship", { orderId: "1001" }],
  ["mail", { orderId: "1001", to: "ada@example.com" }],
  ["track", { orderId: "1001", event: "packed" }],
];

test.each(GOOD)("POST /%s answers with a receipt and has one effect", async (service, body) => {
  const { world } = await worldOnRecord();
  await using _ = world;
  const { status, json } = await post(`${world.url}/${service}`, { ...body, customer: "ada", extra: [1] });
  expect(status).toBe(200);
  expect(json).toEqual({ id: `${service}-1`, service, orderId: "1001" });
  expect(world.ledger).toMatchObject([{ service, program: "unknown", life: 1, status: 200, effect: true, aborted: false, orderId: "1001" }]);
});

const BAD: [Service, object | string, string][] = [
  ["charge", "{bad", "the body must be a JSON object"],
  ["charge", [], "the body must be a JSON object"],
  ["charge", { ...ORDER, amountCents: "1999" }, '"amountCents" must be a whole number'],
  ["charge", { ...ORDER, amountCents: 19.99 }, '"amountCents" must be a whole number'],
  ["charge", { ...ORDER, amountCents: -1 }, '"amountCents" must be a whole number'],
  ["charge", { ...ORDER, orderId: 1001 }, '"orderId" must be a text'],
  ["charge", { orderId: "1001", amountCents: 1 }, '"currency" must be a text that is not empty: current value is absent'],
  ["reserve", { orderId: "1001", sku: "mug", quantity: 0 }, '"quantity" must be a whole number, 1 or more'],
  ["ship", {}, '"orderId" must be a text'],
  ["mail", { orderId: "1001" }, '"to" must be a text'],
  ["track", { orderId: "1001", event: "" }, '"event" must be a text'],
  ["ship", "x".repeat(70_000), "at most 65536 bytes"],
];

test.each(BAD)("POST /%s of %j answers 400 with a reason and has no effect", async (service, body, reason) => {
  const { world } = await worldOnRecord();
  await using _ = world;
  const { status, json } = await post(`${world.url}/${service}`, body);
  expect(status).toBe(400);
  expect(json.error).toContain(reason);
  expect(world.ledger).toMatchObject([{ service, status: 400, effect: false }]);
});

test.each([{ host: "evil.example" }, { host: "evil.example:80" }, { host: "127.0.0.1.evil.example" }, { origin: "http://evil.example" }, { origin: "null" }])("a browser's page from elsewhere, with %j, has no effect", async (headers) => {
  const { world } = await worldOnRecord();
  await using _ = world;
  const asked = request(`${world.url}/charge`, { method: "POST", headers });
  asked.end(JSON.stringify(ORDER));
  const [{ statusCode }] = (await once(asked, "response")) as [IncomingMessage];
  expect([statusCode, world.ledger]).toEqual([403, []]);
});

test("door() names the caller, with any character in its name", async () => {
  const { world, events } = await worldOnRecord();
  await using _ = world;
  const headers = { "Correlation-Id": "c-1", traceparent: "00-aa-bb-01", "Idempotency-Key": "k-1" };
  await post(`${world.door({ program: "worker#2", life: 3 })}/charge`, ORDER, headers);
  await post(`${world.door({ program: "mein/wörker", life: 1 })}/ship`, { orderId: "7" });
  expect(world.ledger[0]).toMatchObject({ program: "worker#2", life: 3, correlationId: "c-1", traceparent: "00-aa-bb-01", key: "k-1", body: ORDER });
  expect(world.ledger[1]).toMatchObject({ program: "mein/wörker", life: 1 });
  expect(events).toMatchObject([
    { kind: "call", program: "worker#2", life: 3, service: "charge", order: "1001", note: "key k-1" },
    { kind: "answer", program: "worker#2", life: 3, service: "charge", order: "1001", status: 200, effect: true, note: "key k-1" },
    { kind: "call", program: "mein/wörker", service: "ship", order: "7" },
    { kind: "answer", program: "mein/wörker", status: 200, effect: true },
  ]);
  expect(events.map((event) => event.t)).toEqual(world.ledger.flatMap((line) => [line.t, line.ended]));
});

test("a caller on a path that nobody gave out is unknown", async () => {
  const { world } = await worldOnRecord();
  await using _ = world;
  for (const path of ["a/b/c", "worker/zero", "%E0%A4%A", "worker/-1"]) await post(`${world.url}/${path}/ship`, { orderId: "1" });
  expect(world.ledger.map((line) => `${line.program} ${line.life}`)).toEqual(Array(4).fill("unknown 1"));
});

test("what is no call is answered and not in the ledger", async () => {
  const { world } = await worldOnRecord();
  await using _ = world;
  const page = await fetch(world.url);
  expect(page.headers.get("content-type")).toContain("text/plain");
  expect(await page.text()).toContain(`POST ${world.url}/charge`);
  expect((await post(`${world.url}/refund`, ORDER)).status).toBe(404);
  expect((await post(world.url.replace("/world", "/other"), ORDER)).status).toBe(404);
  expect((await fetch(`${world.url}/charge`, { method: "PUT" })).status).toBe(405);
  expect(world.ledger).toEqual([]);
});

test("a caller killed while its call is held before the effect leaves no effect", async () => {
  const { world, events } = await worldOnRecord();
  await using _ = world;
  const hold = world.hold("before-effect", { order: "1001" });
  await using caller = startCaller(world.door({ program: "worker", life: 1 }), "charge", "1001");
  const line = await hold.reached();
  caller.kill("SIGKILL");
  await until("the world has noticed", () => line.aborted);
  expect(hold.waiting).toEqual([]);
  hold.release();
  expect(world.inFlight()).toBe(0);
  expect(line).toMatchObject({ effect: false, aborted: true, ended: expect.any(Number) });
  expect(line.status).toBeUndefined();
  expect(events.find((event) => event.kind === "answer")).toMatchObject({ effect: false, note: "the caller went away" });
});

test("a caller killed while its call is held after the effect leaves its effect", async () => {
  const { world } = await worldOnRecord();
  await using _ = world;
  const hold = world.hold("before-answer");
  await using caller = startCaller(world.url, "charge", "1001", "key-1");
  const line = await hold.reached();
  expect(line).toMatchObject({ effect: true, aborted: false });
  caller.kill("SIGKILL");
  await until("the world has noticed", () => line.aborted);
  hold.release();
  const again = await post(`${world.url}/charge`, ORDER, { "Idempotency-Key": "key-1" });
  expect(again).toMatchObject({ status: 200, json: { id: "charge-1" } });
  expect(world.ledger.filter((call) => call.effect)).toEqual([line]);
});

test("a stopped caller gets its answer when it goes on", async () => {
  const { world } = await worldOnRecord();
  await using _ = world;
  const hold = world.hold("before-answer");
  await using caller = startCaller(world.url, "charge", "1001");
  const output = textOf(caller.stdout);
  await hold.reached();
  caller.kill("SIGSTOP");
  hold.release();
  await until("the answer is sent", () => world.inFlight() === 0);
  caller.kill("SIGCONT");
  const [code] = await once(caller, "exit");
  expect({ code, output: JSON.parse(await output) }).toEqual({ code: 0, output: { id: "charge-1", service: "charge", orderId: "1001" } });
  expect(world.ledger).toMatchObject([{ status: 200, aborted: false }]);
});

test("an aborted fetch is an aborted call", async () => {
  const { world } = await worldOnRecord();
  await using _ = world;
  const hold = world.hold("before-effect");
  const controller = new AbortController();
  const call = fetch(`${world.url}/ship`, { method: "POST", body: '{"orderId":"1"}', signal: controller.signal });
  await hold.reached();
  controller.abort();
  await expect(call).rejects.toThrow("aborted");
  await until("the world has noticed", () => world.ledger[0]?.aborted === true);
  expect(world.ledger).toMatchObject([{ effect: false }]);
});

test("handler() serves the world's paths inside another HTTP server and leaves the others", async () => {
  const record = { now: () => 0, add: () => {} };
  const house = createServer((req, res) => void (mounted(req, res) || res.end("the page")));
  await once(house.listen(0, "127.0.0.1"), "listening");
  const at = `http://127.0.0.1:${(house.address() as AddressInfo).port}`;
  const world = await openWorld({ record, at });
  const mounted = world.handler();
  expect(world.url).toBe(`${at}/world`);
  expect(await (await fetch(`${at}/worldly`)).text()).toBe("the page");
  expect((await post(`${world.door({ program: "mailer", life: 1 })}/ship`, { orderId: "1" })).status).toBe(200);
  const held = post(`${world.url}/ship`, { orderId: "2" }).catch(() => "cut");
  await world.hold("before-effect", { order: "2" }).reached();
  await world[Symbol.asyncDispose]();
  expect(await held).toBe("cut");
  house.closeAllConnections();
  await new Promise((resolve) => house.close(resolve));
});

test("closing ends held, delayed and queued calls at once", async () => {
  const { world } = await worldOnRecord();
  const hold = world.hold("before-answer", { service: "mail" });
  world.delay(60_000, { service: "ship" });
  world.queue(1, { service: "ship" });
  const calls = [
    post(`${world.url}/mail`, { orderId: "1", to: "a" }),
    post(`${world.url}/ship`, { orderId: "1" }),
    post(`${world.url}/ship`, { orderId: "2" }),
  ];
  const ends = Promise.allSettled(calls);
  await until("all are inside", () => world.inFlight() === 3 && hold.waiting.length === 1);
  await world[Symbol.asyncDispose]();
  expect((await ends).map((end) => end.status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(world.inFlight()).toBe(0);
  await expect(fetch(world.url)).rejects.toThrow("fetch failed");
});

test("openWorld() says which port is taken and what to type", async () => {
  const { world } = await worldOnRecord();
  await using _ = world;
  const port = Number(new URL(world.url).port);
  const second = openWorld({ record: { now: () => 0, add: () => {} }, port });
  await expect(second).rejects.toMatchObject({ name: "Refusal", next: `lsof -i :${port}`, message: expect.stringContaining(`port ${port} must be free`) });
});
