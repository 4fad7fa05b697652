import { defineLesson } from "#engine/lessons/define.ts";
import { diagnoses } from "./check.diagnoses.ts";

export default defineLesson({
  title: "Twice on the wire, once in the world",
  part: 5,
  minutes: 12,
  pace: "waits",
  budget: 10_000,
  task: "Give each event one name that the stream and the payment provider know it by, so that what comes twice counts once.",
  needs: { jetstream: true },
  picture: "twice",
  programs: {
    producer: { kind: "once" },
    worker: { kind: "service", copies: true, pulls: { stream: "ORDERS", consumer: "payments" }, env: { ACK_WAIT_MS: "1000" } },
  },
  starter: { check: "ambiguous-publish", diagnosis: "no-message-id" },
  begins: async ({ jsm, world }) => {
    await jsm.streams.add({ name: "ORDERS", subjects: ["orders.>"], retention: "limits", storage: "file", allow_direct: true });
    // Slow enough for a person to kill a worker in the middle of a charge.
    world.delay(3_000, { service: "charge" });
  },
  checks: [
    {
      id: "ambiguous-publish",
      title: "A lost answer, a lost order: each is stored once",
      at: "#twice-into-the-stream",
      hints: [
        "The producer has asked twice, and the server has heard both. How could the server know that the two are one?",
        "Look in \"Twice into the stream\" for the header by which the server knows a message again, and at what your event has in it that is the same in every try.",
        "Give `js.publish` one more option beside `timeout`: `msgID: order.id`. The client writes the header.",
      ],
    },
    {
      id: "two-updates",
      title: "Two facts about one order both count",
      at: "#what-the-name-belongs-to",
      hints: [
        "A customer adds a pen to her order. How many events are there, how many orders, and how many charges?",
        "Compare `id` and `orderId` in `orders.json`: one of them names the order, the other the fact.",
        "Use the event's `id`, not its `orderId`, for the message id in the producer and for the key in the worker.",
      ],
    },
    {
      id: "ack-lost",
      title: "An ack is lost, and the card is charged once",
      at: "#twice-out-of-it",
      hints: [
        "The server never heard the ack, so it delivers the order again. Who could notice that the card was charged already?",
        "`charge` takes a second argument. \"Twice out of it\" says what the provider does with it.",
        "Call `charge` with the order and `{ idempotencyKey: order.id }`.",
      ],
    },
    {
      id: "republished-later",
      title: "An event that is stored twice is charged once",
      at: "#what-the-name-belongs-to",
      hints: [
        "The same event stands in the stream under two numbers. What do the two messages have in common?",
        "The server's memory of ids is as long as the duplicate window. Look at what your key is made of, and whether it is the same for both messages.",
        "The message's number, its time and its count of deliveries belong to the message. The key has to come out of the event: its `id`.",
      ],
    },
    {
      id: "two-hands",
      title: "Two workers have the same event in hand",
      at: "#a-note-of-ones-own",
      hints: [
        "The first worker is not dead, only late. What does the second one know of what the first has done?",
        "\"A note of one's own\" goes through the order of three steps. Find the moment between two of them at which the other worker looks.",
        "Neither a list in memory nor a look into a bucket can be one step with the charge. Leave the decision to the provider: `idempotencyKey`.",
      ],
    },
    {
      id: "killed-between",
      title: "Workers are killed around a charge; then one fails",
      at: "#a-note-of-ones-own",
      hints: [
        "The killed worker left a note, or it left none. In which of the two cases is the card charged?",
        "Go through your lines and kill the worker in your mind after each of them. What does the next worker find?",
        "Whatever says \"done\" has to come after the charge, the ack too; and the charge has to be harmless the second time: `idempotencyKey`.",
      ],
    },
  ],
  diagnoses,
  questions: [
    {
      ask: "A worker looks into a list on the server, charges the card if the event is not in it, then adds the event to the list. How many charges can one event get?",
      options: ["never more than one", "two or more, if workers die at the wrong moment", "none, if a worker dies at the wrong moment"],
      answer: "Two or more: between the charge and the note the worker can die, or another worker can look, and the next worker can die there too. With the note before the charge it is none. Only who makes the charge can make charge and note one step, and that is the provider.",
    },
  ],
  next: [
    "publish the orders again after the two minutes of the duplicate window, and see the receipts: npx tsx lessons/12-idempotency/producer.ts",
  ],
});
