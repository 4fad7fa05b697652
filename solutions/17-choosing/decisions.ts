// One right answer for each of the twelve, and the fact that
// decides it. Where another is right as well, it says so.

export type Choice =
  | "http" // one program calls another
  | "core-nats" // publish and subscribe, lesson 2
  | "request-reply" // ask and wait, lesson 3
  | "jetstream" // streams and consumers, lessons 7 to 9
  | "kv" // a key-value bucket, lesson 9
  | "kafka"
  | "rabbitmq"
  | "database"; // a relational one that you have already

export const decisions: Record<string, Choice> = {
  // Who waits
  // The other side is not ours, and a customer waits.
  "card-payment": "http",
  // "Nobody there" is an answer too, and comes at once.
  "price-of-a-cart": "request-reply",
  // Many listen, and nothing is kept.
  "van-positions": "core-nats",

  // Who keeps
  // Kept until they are done, and given to somebody else if
  // a bench dies. RabbitMQ does that as well.
  "packing-orders": "jetstream",
  // Two rows, one transaction, no broker.
  "order-and-stock": "database",
  // The newest of each key, then every change.
  "shop-settings": "kv",
  // The past, for a reader who is not known yet. Kafka does
  // that as well, and a stream of RabbitMQ.
  "readers-to-come": "jetstream",

  // Another house
  // What runs on top of the log decides, not the log.
  "click-history": "kafka",
  // The protocol is given.
  "bank-messages": "rabbitmq",

  // False friends
  // A group binds keys to copies. A durable does not.
  "bookings-in-order": "kafka",
  // A subject costs nothing to invent.
  "address-per-order": "jetstream",
  // max_ack_pending counts for all copies together.
  "three-licences": "jetstream",
};
