// Twelve situations of the README, and what fits each. The check
// argues with every answer; where several fit, any of them passes.
//
//   npm run check:lesson-17

export type Choice =
  | "http" // one program calls another
  | "core-nats" // publish and subscribe, lesson 2
  | "request-reply" // ask and wait, lesson 3
  | "jetstream" // streams and consumers, lessons 7 to 9
  | "kv" // a key-value bucket, lesson 9
  | "kafka"
  | "rabbitmq"
  | "database"; // a relational one that you have already

// TODO: whoever wrote this came straight out of a talk on NATS.
// Choose again, one situation after the other.
export const decisions: Record<string, Choice> = {
  // Who waits
  "card-payment": "jetstream",
  "price-of-a-cart": "jetstream",
  "van-positions": "jetstream",

  // Who keeps
  "packing-orders": "jetstream",
  "order-and-stock": "jetstream",
  "shop-settings": "jetstream",
  "readers-to-come": "jetstream",

  // Another house
  "click-history": "jetstream",
  "bank-messages": "jetstream",

  // False friends
  "bookings-in-order": "jetstream",
  "address-per-order": "jetstream",
  "three-licences": "jetstream",
};
