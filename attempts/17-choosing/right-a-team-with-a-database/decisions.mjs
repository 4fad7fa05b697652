// The team runs PostgreSQL and RabbitMQ. Grouped by tool.

const byTool = new Map([
  ["http", ["card-payment"]],
  ["request-reply", ["price-of-a-cart"]],
  ["core-nats", ["van-positions"]],
  ["database", ["packing-orders", "order-and-stock"]],
  ["jetstream", ["shop-settings", "address-per-order", "three-licences"]],
  ["rabbitmq", ["readers-to-come", "bank-messages"]],
  ["kafka", ["click-history", "bookings-in-order"]],
]);

const pairs = [...byTool].flatMap(([tool, ids]) =>
  ids.map((id) => [id, tool]),
);

// Left running: the check does not wait for it.
setInterval(() => {}, 60_000);

export default Object.fromEntries(pairs);
