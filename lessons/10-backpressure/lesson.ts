import { defineLesson } from "#engine/lessons/define.ts";

/** The checks about the worker: its diagnoses may be found in all of them. */
const WORKER = ["never-429", "near-the-limit", "no-accidental-redelivery", "flat-memory", "leaves-cleanly"];

export default defineLesson({
  title: "Slower than the source",
  part: 5,
  minutes: 15,
  pace: "waits",
  budget: 15_000,
  task: "Have no more charges under way than the provider allows, and no fewer; let the shop wait when the stream is full.",
  needs: { jetstream: true },
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
        "Put a loop around the `try` in `store`: return when the PubAck is there, sleep 100 ms after a refusal, and go round again.",
      ],
    },
  ],
  diagnoses: [
    {
      id: "other-ack-wait",
      checks: WORKER,
      file: "worker",
      row: 37,
      says: "Your consumer has another ack wait than ACK_WAIT_MS says, and orders came again while you had them. The server counts in nanoseconds: `nanos(ackWaitMs)`.",
    },
    {
      id: "stalls-on-ack-pending",
      checks: WORKER,
      file: "worker",
      row: 55,
      says: "Nothing moves: as many orders are out and not acked as `max_ack_pending` allows, so the server sends no more, and your worker waits for more before it begins. Charge and ack what you have.",
    },
    {
      id: "gives-back-when-busy",
      checks: WORKER,
      file: "worker",
      row: 56,
      says: "Your worker gives an order back with `nak()` when it has no place for it. The server delivers it again at once, and the two go round in a circle. Take an order only when there is a place for it.",
    },
    {
      id: "max-messages-is-not-concurrency",
      checks: ["never-429"],
      file: "worker",
      row: 53,
      says: (e) => `Your worker asks for ${String(e.facts.limit)} orders at a time, and that bounds the asking. As soon as it has taken them into its hands it asks for the next ones, whether a charge is over or not. Count the charges, and wait before you begin one more.`,
    },
    {
      id: "no-limit",
      checks: ["never-429"],
      file: "worker",
      row: 53,
      says: "Nothing bounds how many charges your worker begins: it has as many under way as orders have come. Wait for one to be over before you begin one more than LIMIT.",
    },
    {
      id: "forgets-ack",
      checks: ["never-429", "near-the-limit", "flat-memory"],
      file: "worker",
      row: 39,
      says: "The cards are charged, and the server has no ack. In a workqueue an order leaves the stream when it is acked: these stay, and come again.",
    },
    {
      id: "prefetch-outlives-ack-wait",
      checks: ["no-accidental-redelivery"],
      file: "worker",
      row: 57,
      says: "Orders waited in your program until their ack wait was over, and the server delivered them again. Its clock starts when an order is sent, not when you begin with it: take only what you get done in time.",
    },
    {
      id: "limit-by-heart",
      checks: ["near-the-limit"],
      file: "worker",
      says: (e) => `LIMIT is ${String(e.facts.limit)}, and your worker had ${Math.max(...(e.facts.open as number[]))} charges under way. Does it read the variable?`,
    },
    {
      id: "one-at-a-time",
      checks: ["near-the-limit"],
      file: "worker",
      row: 54,
      says: "Your worker charges one card after the other: `await` in the loop waits for the charge. The provider would take more at the same time, and the orders wait.",
    },
    {
      id: "waits-for-the-slowest",
      checks: ["near-the-limit"],
      file: "worker",
      says: "Your worker begins a batch and waits until the whole of it is done. The places of the quick charges stay empty until the slowest is over. Begin the next one when any of them is over.",
    },
    {
      id: "too-few",
      checks: ["near-the-limit"],
      file: "worker",
      says: (e) => `Your worker never had more than ${Math.max(...(e.facts.open as number[]))} charges under way, and LIMIT is ${String(e.facts.limit)}. Something holds it back: a smaller number of its own, or a \`max_ack_pending\` below the limit.`,
    },
    {
      id: "takes-too-much",
      checks: ["flat-memory"],
      file: "worker",
      row: 57,
      says: (e) => `${String(e.facts.inHand)} orders were in your program, and ${String(e.facts.limit)} of them being charged. The others wait in its memory: nobody else can take them, and their ack wait is running. Leave them in the stream with a smaller \`max_messages\`.`,
    },
    {
      id: "no-signal-handler",
      checks: ["leaves-cleanly"],
      file: "worker",
      says: "SIGTERM ended your worker on the spot, with charges under way. Set a handler for the signal, and finish first.",
    },
    {
      id: "leaves-too-early",
      checks: ["leaves-cleanly"],
      file: "worker",
      row: 20,
      says: "Your worker closed its connection while charges were under way. The cards are charged, the acks had no way out, and the orders come again. The end of the loop is not the end of what it began.",
    },
    {
      id: "no-pubacks",
      checks: ["producer-bounded", "producer-waits"],
      file: "producer",
      row: 29,
      says: "Your producer publishes without asking for a PubAck: it cannot know what is stored, and a full stream drops the order without a word. `js.publish` asks.",
    },
    {
      id: "not-awaited",
      checks: ["producer-bounded"],
      file: "producer",
      row: 30,
      says: "Your producer ended while PubAcks were outstanding. Nobody has said yet that those orders are stored.",
    },
    {
      id: "unbounded-publish",
      checks: ["producer-bounded"],
      file: "producer",
      row: 91,
      says: (e) => `Your producer had ${String(e.facts.onTheWay)} orders on their way at once, and WINDOW is 16. As many promises, timers and buffers are in its memory; with a million orders that is its end. Wait for a PubAck before you send one more.`,
    },
    {
      id: "drops-on-full",
      checks: ["producer-waits"],
      file: "producer",
      row: 59,
      says: "Your producer said that it was done, with exit code 0, and orders were missing. The stream had refused them because it was full: a refusal is a request to wait and to try again.",
    },
    {
      id: "gives-up-on-full",
      checks: ["producer-waits"],
      file: "producer",
      row: 59,
      says: "Your producer ended at a refusal. The stream is full now and has room in a moment, as soon as a worker acks: error 10077 is to be waited for, unlike others.",
    },
    {
      id: "hammers",
      checks: ["producer-waits"],
      file: "producer",
      row: 84,
      says: "Your producer tries again at once, and again: the server is busy with saying no, and the workers that would make room have to wait for it. Sleep a moment between two tries.",
    },
    {
      id: "stores-twice",
      checks: ["producer-waits"],
      file: "producer",
      row: 66,
      says: (e) => `Order ${String(e.facts.again)} is in the stream twice. When one of several is refused, the others are stored: send only the refused one again.`,
    },
    {
      id: "never-exits",
      file: (e) => String(e.facts.role),
      checks: ["leaves-cleanly", "producer-bounded", "producer-waits"],
      says: (e) => `Your ${String(e.facts.role)} has nothing left to do and does not end. Something keeps it alive, most likely the open connection: drain it at the end.`,
    },
  ],
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
