// Exchanges and queues, made before anybody publishes: a message
// for which there is no queue is confirmed, and gone.
//
//   npx tsx lessons/17-choosing/rabbitmq/setup.ts

import { connect } from "amqplib";

const { AMQP_URL = "amqp://127.0.0.1:5672" } = process.env;
const connection = await connect(AMQP_URL);
const channel = await connection.createChannel();

// Quorum queues are replicated by Raft, and on disk. They count
// deliveries: after the fifth a message goes to the exchange
// "dead", and from there to the queue of that name.
const QUORUM = { "x-queue-type": "quorum" };
const work = {
  durable: true,
  arguments: {
    ...QUORUM,
    "x-delivery-limit": 5,
    "x-dead-letter-exchange": "dead",
  },
};

await channel.assertExchange("orders", "topic", { durable: true });
await channel.assertExchange("dead", "topic", { durable: true });

// A routing key looks like a subject, and `*` is one part of it.
// `#` is what `>` is in NATS.
await channel.assertQueue("payments", work);
await channel.bindQueue("payments", "orders", "orders.placed.*.*");
await channel.assertQueue("fulfilment", work);
await channel.bindQueue("fulfilment", "orders", "orders.paid.*.*");
await channel.assertQueue("dead", {
  durable: true,
  arguments: QUORUM,
});
await channel.bindQueue("dead", "dead", "#");

await connection.close();
