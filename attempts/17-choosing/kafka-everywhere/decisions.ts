// Kafka twelve times: the log is the answer, whatever the question.

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
  "card-payment": "kafka",
  "price-of-a-cart": "kafka",
  "van-positions": "kafka",

  // Who keeps
  "packing-orders": "kafka",
  "order-and-stock": "kafka",
  "shop-settings": "kafka",
  "readers-to-come": "kafka",

  // Another house
  "click-history": "kafka",
  "bank-messages": "kafka",

  // False friends
  "bookings-in-order": "kafka",
  "address-per-order": "kafka",
  "three-licences": "kafka",
};
