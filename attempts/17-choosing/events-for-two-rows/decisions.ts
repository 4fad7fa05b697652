// Two events in place of a transaction over two rows.

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
  "card-payment": "http",
  "price-of-a-cart": "request-reply",
  "van-positions": "core-nats",

  // Who keeps
  "packing-orders": "jetstream",
  "order-and-stock": "jetstream",
  "shop-settings": "kv",
  "readers-to-come": "jetstream",

  // Another house
  "click-history": "kafka",
  "bank-messages": "rabbitmq",

  // False friends
  "bookings-in-order": "kafka",
  "address-per-order": "jetstream",
  "three-licences": "jetstream",
};
