import { defineLesson } from "#engine/lessons/define.ts";
import { diagnoses } from "./check.diagnoses.ts";

export default defineLesson({
  title: "Slower than the source",
  part: 5,
  minutes: 15,
  pace: "waits",
  budget: 15_000,
  task: "Have no more charges under way than the provider allows, and no fewer; let the shop wait when the stream is full.",
  needs: { jetstream: true },
  picture: "pressure",
  programs: {
    worker: { kind: "service", pulls: { stream: "WORK", consumer: "payments" }, env: { LIMIT: "8", ACK_WAIT_MS: "3000" } },
    producer: { kind: "once", env: { WINDOW: "16" } },
  },
  starter: { check: "never-429", diagnosis: "max-messages-is-not-concurrency" },
  begins: async ({ jsm, world }) => {
    // So small that a person sees it full, and a provider so slow that it stays full for a while.
    await jsm.streams.add({ name: "WORK", subjects: ["orders.placed.>"], retention: "workqueue", storage: "file", discard: "new", max_msgs: 20 });
    world.limit(8, { service: "charge" });
    world.delay(() => 500 + Math.random() * 1_500, { service: "charge" });
  },
  checks: [
    {
      id: "never-429",
      title: "The provider never says 429",
      at: "#what-max_messages-does-not-do",
      hints: [
        "Your loop takes an order and begins its charge. What does it wait for before it takes the next one?",
        "Count what you have begun: a `Set` of promises, each of which removes itself when it is over. The section \"Places\" shows the three lines.",
        "Keep the promise of `handle(message)` in a set, delete it in `finally`, and when the set holds `limit` of them, await `Promise.race` of the set before the loop goes on.",
      ],
    },
    {
      id: "near-the-limit",
      title: "While orders wait, most of the places are taken",
      at: "#places",
      hints: [
        "One charge of six is slow and five are quick. What do the five free places do meanwhile?",
        "`Promise.all` waits for the slowest, `Promise.race` for the quickest: see \"Places\".",
        "Let the next order begin as soon as any charge is over: wait with `Promise.race`, and read the limit from `LIMIT`.",
      ],
    },
    {
      id: "no-accidental-redelivery",
      title: "No order comes again because it waited in your buffer",
      at: "#what-waits-beside-you",
      hints: [
        "When does the ack wait of an order begin: when you charge its card, or when it arrives?",
        "The client asks for a hundred orders in advance unless it is told otherwise. Two at a time, 150 ms each: when is the last one's turn?",
        "Give `consume` a `max_messages` of about the limit, or the consumer a `max_ack_pending`.",
      ],
    },
    {
      id: "flat-memory",
      title: "Few orders are out of the stream at a time",
      at: "#what-waits-beside-you",
      hints: [
        "Where do orders wait best: in the stream, or in your program?",
        "Two settings bound what is out: one of the client's `consume`, one of the consumer on the server.",
        "`max_messages: limit` in `consume` keeps the buffer small. Your loop may hold `limit` more.",
      ],
    },
    {
      id: "leaves-cleanly",
      title: "A worker that leaves acks all it has charged",
      at: "#your-task",
      hints: [
        "The loop has ended. Has everything that it began?",
        "Charges that are under way need the connection, for their acks. What has to be over before the connection closes?",
        "After the loop await `Promise.all` of the set, and drain the connection then.",
      ],
    },
    {
      id: "producer-bounded",
      title: "Never more than WINDOW orders are on their way without a PubAck",
      at: "#places",
      hints: [
        "A million orders, and `map` makes a promise of each. Where are they all?",
        "It is the same question as in the worker: what has to be over before the next one begins?",
        "Use the same three lines: a set of what is on its way, and `Promise.race` when it holds `window`. At the end `Promise.all`.",
      ],
    },
    {
      id: "producer-waits",
      title: "A full stream makes the shop wait, and nothing is lost",
      at: "#a-full-stream",
      hints: [
        "The stream says that it is full. Is that an error, or a request?",
        "Only the order that was refused has to be sent again, and not at once: see \"A full stream\".",
        "Put a loop around the `try` in `store`: return when the PubAck is there, sleep 200 ms after a refusal, and go round again.",
      ],
    },
  ],
  diagnoses,
  questions: [
    {
      ask: "A worker asks for 8 orders at a time (max_messages: 8) and does not wait for its charges. 40 orders are in the stream. How many charges does it have under way?",
      options: ["8", "16", "40"],
      answer: "40, and a provider that allows 8 refuses 32 of them. max_messages bounds how many orders are asked for in advance. The loop takes each into its hands at once, and so it asks for more.",
    },
    {
      ask: "The stream is full and the producer tries again and again. Who decides how fast the shop can sell?",
      options: ["the producer", "the stream", "the payment provider"],
      answer: "The provider, 8 charges at a time. The worker asks for no more than it can charge, the stream fills, the producer waits. That is backpressure: the slowest part sets the pace of all, and nobody loses anything.",
    },
  ],
  next: [
    "start a second worker by hand: each has its own LIMIT, and the provider sees the sum",
    "give the consumer max_ack_pending instead of counting in the worker: that limit is shared by all copies",
  ],
});
