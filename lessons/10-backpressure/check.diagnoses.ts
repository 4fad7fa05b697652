import type { DiagnosisDef } from "#engine/lessons/define.ts";

/** The checks about the worker: its diagnoses may be found in all of them. */
const WORKER = ["never-429", "near-the-limit", "no-accidental-redelivery", "flat-memory", "leaves-cleanly"];

/** The mistakes that this lesson knows by name, in the order in which they are asked; `check.mistakes.ts` knows how to tell them. */
export const diagnoses: DiagnosisDef[] = [
  {
    id: "other-ack-wait",
    checks: WORKER,
    file: "worker",
    row: 37,
    says: "Your consumer has another ack wait than ACK_WAIT_MS says, and orders came again while you had them. The server counts in nanoseconds: `nanos(ackWaitMs)`.",
    hints: [
      "The ack wait is a duration in the consumer's settings. In which unit does the server count?",
      "Lesson 8: nanoseconds. `nanos()` from `@nats-io/transport-node` makes them out of milliseconds, and ACK_WAIT_MS says how many.",
    ],
  },
  {
    id: "stalls-on-ack-pending",
    checks: WORKER,
    file: "worker",
    row: 55,
    says: "Nothing moves: as many orders are out and not acked as `max_ack_pending` allows, so the server sends no more, and your worker waits for more before it begins. Charge and ack what you have.",
    hints: [
      "Your worker waits for orders, and the server waits for acks. Who can make the first step?",
      "Do not collect a batch before you begin: begin each order as it comes, and ack it when it is charged.",
    ],
  },
  {
    id: "gives-back-when-busy",
    checks: WORKER,
    file: "worker",
    row: 56,
    says: "Your worker gives an order back with `nak()` when it has no place for it. The server delivers it again at once, and the two go round in a circle. Take an order only when there is a place for it.",
    hints: [
      "Where should an order wait that you have no place for: with you, on the wire, or in the stream?",
      "Do not take it. When all places are taken, let the loop wait with `Promise.race` before it takes the next message.",
    ],
  },
  {
    id: "one-too-many", checks: ["never-429"], file: "worker",
    says: (e) => `Your worker counts its charges, and begins one too many: LIMIT is ${String(e.facts.limit)}, and it had ${String(e.facts.peak)} under way. When does it begin to wait: when the places are all taken, or when there are more charges than places?`,
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
    hints: [
      "An order leaves the workqueue when it is acked. Who acks it in your program, and when?",
      "Put `message.ack()` right behind the awaited `charge`, inside the `try`.",
    ],
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
    hints: [
      "Where does the number in your condition come from?",
      "LIMIT is in `process.env`: the starter has read it into `limit`. Use that.",
    ],
  },
  {
    id: "one-at-a-time",
    checks: ["near-the-limit"],
    file: "worker",
    row: 54,
    says: "Your worker charges one card after the other: `await` in the loop waits for the charge. The provider would take more at the same time, and the orders wait.",
    hints: [
      "What does `await` in the loop wait for?",
      "Begin the charge without `await`, keep its promise in a set, and wait only when the set is full.",
    ],
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
    id: "ends-by-itself", checks: WORKER, file: "worker",
    says: "Your worker ended by itself, with an error: its last lines, below, say which. The orders that it had not finished wait for the next one.",
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
    hints: [
      "What does Node.js do with SIGTERM when nobody listens for it?",
      "`process.once` for SIGINT and SIGTERM, with a function that stops the messages, as in the starter.",
    ],
  },
  {
    id: "leaves-too-early",
    checks: ["leaves-cleanly"],
    file: "worker",
    row: 20,
    says: "Your worker closed its connection while charges were under way. The cards are charged, the acks had no way out, and the orders come again. The end of the loop is not the end of what it began.",
    hints: [
      "The loop is over. How many charges are still under way?",
      "`await Promise.all(open)` between the loop and the drain.",
    ],
  },
  {
    id: "no-pubacks",
    checks: ["producer-bounded", "producer-waits"],
    file: "producer",
    row: 29,
    says: "Your producer publishes without asking for a PubAck: it cannot know what is stored, and a full stream drops the order without a word. `js.publish` asks.",
    hints: [
      "Which of `nc.publish` and `js.publish` has an answer?",
      "Use `js.publish` and wait for its promise: a refusal is an error there.",
    ],
  },
  {
    id: "not-awaited",
    checks: ["producer-bounded"],
    file: "producer",
    row: 30,
    says: "Your producer ended while PubAcks were outstanding. Nobody has said yet that those orders are stored.",
    hints: [
      "What is still on its way when your loop has sent the last order?",
      "`await Promise.all(open)` after the loop, before the program ends.",
    ],
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
    hints: [
      "How often in a second does your producer ask a full stream?",
      "`await sleep(200)` in the `catch`, before the loop goes round.",
    ],
  },
  {
    id: "stores-twice",
    checks: ["producer-waits"],
    file: "producer",
    row: 66,
    says: (e) => `Order ${String(e.facts.again)} is in the stream twice. When one of several is refused, the others are stored: send only the refused one again.`,
    hints: [
      "One of sixteen is refused. How many do you send again?",
      "Have the loop of tries around each order by itself, in `store`, and not around the whole window.",
    ],
  },
  {
    id: "never-exits",
    file: (e) => String(e.facts.role),
    checks: ["leaves-cleanly", "producer-bounded", "producer-waits"],
    says: (e) => `Your ${String(e.facts.role)} has nothing left to do and does not end. Something keeps it alive, most likely the open connection: drain it at the end.`,
    hints: [
      "Which of your connections and timers is still open at the end?",
      "`await nc.drain()` as the last line.",
    ],
  },
];
