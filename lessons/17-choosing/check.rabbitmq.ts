import { join } from "node:path";
import { connect, type ChannelModel, type ConfirmChannel } from "amqplib";
import type { Registered } from "#engine/check/register.ts";
import { Refusal } from "#engine/files/refusal.ts";
import type { Handle } from "#engine/lab/handle.ts";
import type { Lab } from "#engine/lab/lab.ts";
import type { Heard } from "#engine/lab/listen.ts";
import type { OrderEvent } from "#engine/lab/orders.ts";
import type { Lesson } from "#engine/lessons/catalogue.ts";
import { familyOf } from "#engine/process/processes.ts";
import type { Broker } from "#engine/rabbitmq/start.ts";
import { mustBeBounded, mustBeOnce, mustCarry, mustFill, mustNotHave, mustSay, mustWait } from "../06-order-pipeline/check.musts.ts";
import { allPlaced, allShip, allStill, click, type Shop } from "../06-order-pipeline/check.pipeline.ts";

/** Lesson 6 with the programs of `rabbitmq/` in place of its own, and without its diagnoses: these programs are finished. */
export function onRabbit(lesson: Lesson): Lesson {
  const folder = join(lesson.root, "lessons/17-choosing/rabbitmq");
  const titles: [string, string][] = [
    ["all-shipped", "Every order is charged, reserved and shipped"],
    ["declined-never-ships", "A declined card ends the chain"],
    ["order-of-steps", "Each step waits for the one before"],
    ["correlation", "One id from the click to the parcel"],
    ["bounded", "Never more in work than CONCURRENCY"],
    ["two-of-each", "Two copies of each program, and every effect once"],
    ["crash-loses-nothing", "A copy is killed in mid-charge, and nothing is lost"],
    ["dead-letter", "What cannot be read is a dead letter after five deliveries"],
  ];
  return {
    ...lesson,
    id: "17-choosing/rabbitmq", folder, solution: folder, script: "rabbitmq", diagnoses: [], next: [],
    title: "The order pipeline of lesson 6, on RabbitMQ",
    checks: titles.map(([id, title]) => ({ id, title, hints: [] })),
    programs: { "setup": { kind: "once" }, "orders-api": { kind: "service", port: true, copies: true }, "payments": { kind: "service", copies: true }, "fulfilment": { kind: "service", copies: true } },
  };
}

/** What the checks of that lesson do, against this broker. The ledger is judged as in lesson 6. Close it before the broker. */
export function checksOn(broker: Broker): Registered & AsyncDisposable {
  let office: ChannelModel | undefined;
  const begin = async (lab: Lab, copies = 1, env: Record<string, string> = {}): Promise<Rabbit> => {
    if (!office) office = await openOffice(lab, broker);
    return openShop(lab, office, { copies, env: { AMQP_URL: broker.url, ...env } });
  };
  const checks: Record<string, (lab: Lab) => Promise<void>> = {
    "all-shipped": async (lab) => {
      const shop = await begin(lab);
      await allShip(lab, shop, await allPlaced(lab, Array.from({ length: 40 }, () => click(lab, shop.apis[0]!))));
    },
    "declined-never-ships": async (lab) => {
      const shop = await begin(lab);
      const orders = lab.orders(12);
      const bad = orders.filter((_, index) => index % 4 === 2);
      lab.world.decline(bad.map(({ orderId }) => orderId));
      await shop.place(orders);
      await allShip(lab, shop, orders.filter((order) => !bad.includes(order)));
      for (const order of bad) {
        await mustSay(lab, shop, { order, what: "declined" });
        mustNotHave(lab, shop, { order, steps: ["paid", "reserve", "ship", "shipped"], because: "its card was declined" });
      }
    },
    "order-of-steps": async (lab) => {
      const shop = await begin(lab);
      const [charges, reserves, ships] = (["charge", "reserve", "ship"] as const).map((service) => lab.world.hold("before-answer", { service }));
      const orders = lab.orders(3);
      await shop.place(orders);
      await mustWait(lab, shop, { orders, at: charges!, step: "charge", steps: ["paid", "reserve", "ship", "shipped"] });
      await mustWait(lab, shop, { orders, at: reserves!, step: "reserve", steps: ["ship", "shipped"] });
      await mustWait(lab, shop, { orders, at: ships!, step: "ship", steps: ["shipped"] });
      await allShip(lab, shop, orders);
    },
    "correlation": async (lab) => {
      const shop = await begin(lab);
      const names = ["click-1", "click-2", undefined];
      const clicks = names.map((name) => click(lab, shop.apis[0]!, name ? { "Correlation-Id": name } : {}));
      await allShip(lab, shop, await allPlaced(lab, clicks));
      for (const [index, sent] of clicks.entries()) mustCarry(lab, shop, { orderId: sent.orderId!, told: sent.correlationId, asked: names[index] });
    },
    "bounded": async (lab) => {
      await lab.end(...lab.alive().filter(({ role }) => role !== "orders-api"));
      const shop = await begin(lab, 1, { CONCURRENCY: "3" });
      const [charges, parcels] = ["payments", "fulfilment"].map((program) => lab.world.hold("before-answer", { program }));
      const orders = lab.orders(15);
      lab.note("orders", orders.length);
      await shop.place(orders);
      await mustFill(lab, { role: "payments", at: charges!, most: 3 });
      await mustFill(lab, { role: "fulfilment", at: parcels!, most: 3 });
      await allShip(lab, shop, orders);
      for (const role of ["payments", "fulfilment"] as const) mustBeBounded(lab, { role, most: 3 });
    },
    "two-of-each": async (lab) => {
      const shop = await begin(lab, 2);
      const clicks = Array.from({ length: 40 }, (_, index) => click(lab, shop.apis[index % 2]!));
      await allShip(lab, shop, await allPlaced(lab, clicks));
      await allStill(lab);
      mustBeOnce(lab, clicks.length);
    },
    "crash-loses-nothing": async (lab) => {
      const shop = await begin(lab, 2);
      const victim = shop.payments.at(-1)!;
      const charges = lab.world.hold("before-answer", { service: "charge", program: victim.name });
      const orders = lab.orders(24);
      await shop.place(orders);
      await lab.until(() => charges.waiting.length > 0, { holding: true, expected: `${victim.name} to charge a card`, seen: () => "it did not" });
      victim.signal("SIGKILL");
      await victim.exited();
      charges.drop();
      await allShip(lab, shop, orders);
      mustBeOnce(lab, orders.length);
    },
    "dead-letter": async (lab) => {
      const shop = await begin(lab);
      const before = await shop.waiting("dead");
      await shop.publish("orders.placed.eu.nonsense", "{bad");
      const orders = lab.orders(4);
      await shop.place(orders);
      await allShip(lab, shop, orders);
      await lab.until(async () => (await shop.waiting("dead")) === before + 1, { evenIfQuiet: true, within: 30_000, expected: "one message more in the queue dead", seen: () => "there is none" });
    },
  };
  return {
    checks: new Map(Object.entries(checks)),
    diagnoses: new Map(),
    async [Symbol.asyncDispose]() {
      await office?.close();
    },
  };
}

/** Makes the queues by the learner-visible `setup.ts`, on a broker that has none of that name yet. */
async function openOffice(lab: Lab, broker: Broker): Promise<ChannelModel> {
  for (const { pid } of broker.groups) lab.company.push(...(await familyOf(pid)));
  const office = await connect(broker.url);
  if (broker.groups.length === 0) await mustBeFree(office, broker);
  const setup = await lab.run("setup", { env: { AMQP_URL: broker.url }, within: 30_000 });
  setup.mustExitWith(0, "it made the queues");
  return office;
}

/** Somebody else's broker may have an exchange of that name, with somebody else's orders in its queues. */
async function mustBeFree(office: ChannelModel, broker: Broker): Promise<void> {
  const channel = await office.createChannel();
  channel.on("error", () => {});
  const there = await channel.checkExchange("orders").then(() => true, () => false);
  if (there) throw new Refusal(`Cannot use the broker at AMQP_URL (${broker.name}) as it has an exchange "orders" already, and what is in its queues may be yours.`, "name an empty virtual host: AMQP_URL=amqp://host/workshop npm run rabbitmq");
}

/** A shop as lesson 6 knows it, on RabbitMQ. */
interface Rabbit extends Shop {
  place(orders: OrderEvent[]): Promise<void>;
  publish(key: string, body: string): Promise<void>;
  /** Messages in a queue that no consumer has. */
  waiting(queue: string): Promise<number>;
}

async function openShop(lab: Lab, office: ChannelModel, { copies, env }: { copies: number; env: Record<string, string> }): Promise<Rabbit> {
  const channel = await office.createConfirmChannel();
  const said = await hear(lab, channel);
  const have = (role: string) => lab.have(role, copies, { env, wait: role === "orders-api" });
  const [apis, payments, fulfilment] = (await Promise.all([have("orders-api"), have("payments"), have("fulfilment")])) as [Handle[], Handle[], Handle[]];
  await lab.until(async () => (await Promise.all(["payments", "fulfilment"].map(async (queue) => (await channel.checkQueue(queue)).consumerCount >= copies))).every(Boolean), { evenIfQuiet: true, within: 30_000, expected: `${copies} consumers on each queue`, seen: () => "there are fewer" });
  const publish = async (key: string, body: string) => {
    channel.publish("orders", key, Buffer.from(body), { persistent: true });
    await channel.waitForConfirms();
  };
  return {
    apis, payments, fulfilment, said, publish,
    place: async (orders) => {
      for (const order of orders) channel.publish("orders", `orders.placed.${order.region}.${order.orderId}`, Buffer.from(JSON.stringify(order)), { persistent: true });
      await channel.waitForConfirms();
    },
    waiting: async (queue) => (await channel.checkQueue(queue)).messageCount,
  };
}

/** Every event about an order since now, as the office hears it: in a queue of its own that goes with the channel. */
async function hear(lab: Lab, channel: ConfirmChannel): Promise<Heard[]> {
  const said: Heard[] = [];
  const { queue } = await channel.assertQueue("", { exclusive: true, autoDelete: true });
  await channel.bindQueue(queue, "orders", "orders.#");
  await channel.consume(queue, (message) => {
    if (!message) return;
    const text = message.content.toString();
    const headers = Object.fromEntries(Object.entries(message.properties.headers ?? {}).map(([name, value]) => [name, String(value)]));
    said.push({ subject: message.fields.routingKey, text, headers, json: parsed(text) });
    lab.record.add({ kind: "publish", program: "broker", subject: message.fields.routingKey });
  }, { noAck: true });
  return said;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

