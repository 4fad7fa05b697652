import { defineLesson } from "#engine/lessons/define.ts";

const PRODUCER = "producer";
const WORKER = "worker";

export default defineLesson({
  title: "How fast is fast?",
  part: 5,
  minutes: 12,
  pace: "waits",
  budget: 16_000,
  task: "Let the wire and the program work at the same time, on the way in and on the way out, with bounds on both.",
  needs: { jetstream: true },
  picture: "pressure",
  programs: {
    producer: { kind: "once" },
    worker: { kind: "once" },
  },
  starter: { check: "publish-rate", diagnosis: "await-each" },
  begins: async ({ jsm }) => {
    await jsm.streams.add({ name: "ORDERS", subjects: ["orders.>"], retention: "limits", storage: "file", allow_direct: true });
  },
  checks: [
    {
      id: "publish-rate",
      title: "2,000 orders are stored three times as fast as one at a time",
      at: "#a-window",
      hints: [
        "What does your producer do while a PubAck is on its way?",
        "Look at where the `await` stands in the loop, and at how \"A window\" counts what is under way.",
        "Keep the promises in a list. Push without awaiting; when the list is `window` long, await the one that was pushed first. After the loop await all that are left.",
      ],
    },
    {
      id: "consume-rate",
      title: "2,000 orders are acked three times as fast as one at a time",
      at: "#asking-ahead",
      hints: [
        "How often does your worker wait for the wire, for one order?",
        "There are two waits in its loop: one before an order and one after it. \"Asking ahead\" takes both away.",
        "Use `totals.consume({ max_messages: 500 })` in a `for await`, and `message.ack()` without waiting for an answer.",
      ],
    },
    {
      id: "loses-nothing",
      title: "No order is lost on the way, and none counts twice",
      at: "#contract",
      hints: [
        "Your program is quick now. What was still on its way when it ended?",
        "Look at the end of both programs: who waits for the last PubAcks, and who for the last acks?",
        "In the producer await everything that is under way before you set the exit code. In the worker end with `await nc.drain()`.",
      ],
    },
    {
      id: "honest",
      title: "A full stream is not a success",
      at: "#contract",
      hints: [
        "Each PubAck can be a refusal. Who hears it when nobody awaits that promise at once?",
        "Look at what happens to an error of `js.publish`, and at the exit code.",
        "Count the refusals where each promise ends, and exit with 1 when there is one.",
      ],
    },
    {
      id: "bounded-memory",
      title: "Neither program takes more than it can hold",
      at: "#why-a-bound",
      hints: [
        "The server is slow for ten seconds. How many orders are in your producer's memory by then?",
        "Look at \"Why a bound\": the producer has `WINDOW`, the worker what it asks for and `max_ack_pending`.",
        "Await the oldest order under way as soon as `window` are outstanding. In the worker leave `max_ack_pending` at its 1,000.",
      ],
    },
    {
      id: "your-rate",
      title: "Your rates on this machine, past the tap",
      graded: false,
      at: "#reading-the-numbers",
      hints: [
        "Which of the bars is a property of your program, and which of this machine?",
        "The two bars below yours were measured in the same minute: the ratios travel, the rates do not.",
        "A producer with a window should come near the bare client. What is left is what your program does with each order: making it, and turning it into text.",
      ],
    },
  ],
  diagnoses: [
    { id: "fire-and-forget", checks: ["publish-rate", "loses-nothing", "honest", "bounded-memory"], file: PRODUCER, says: "Your producer publishes without asking for a PubAck. That is the quickest way, and nobody can say whether an order was stored: `js.publish` asks, `nc.publish` does not." },
    { id: "await-each", file: PRODUCER, row: 90, says: "Never more than one order of yours is under way. Each waits for the PubAck of the one before, so your rate is the wire's round trip, whatever the server and you could do." },
    { id: "narrow-window", file: PRODUCER, says: (e) => `At most ${e.facts.outstanding} orders of yours are under way at once, and WINDOW allows 256. The rate is the window divided by the round trip: with so few, the wire is empty most of the time.` },
    { id: "info-per-message", checks: ["consume-rate"], file: WORKER, says: (e) => `Your worker asked the server ${e.facts.questions} times how its consumer stands, for ${e.facts.acks} orders. Each question is a round trip. What you want to know comes with every order: \`message.info\`.` },
    { id: "one-pull-per-message", checks: ["consume-rate"], file: WORKER, row: 59, says: (e) => `Your worker sent ${e.facts.single} pull requests for one order each. Every order waits for a request to go and an answer to come. \`consume\` asks for many, and again before they are used up.` },
    { id: "waits-for-each-ack", checks: ["consume-rate"], file: WORKER, says: "Your worker has the server confirm each ack and waits for it before it takes the next order. Nothing here depends on the confirmation: an ack that gets lost brings the order again, and it is not counted twice." },
    { id: "small-pulls", checks: ["consume-rate"], file: WORKER, says: (e) => `Your worker sent ${e.facts.pulls} pull requests for ${e.facts.acks} orders. A few orders, then a round trip with nothing to do: ask for some hundreds at a time.` },
    { id: "leaves-before-the-pubacks", checks: ["publish-rate", "loses-nothing", "honest"], file: PRODUCER, says: "Your producer was gone while PubAcks were on their way: it does not know whether those orders are stored. The window that makes it quick has to be empty before it ends." },
    { id: "counts-twice", checks: ["loses-nothing"], file: WORKER, says: (e) => `Your sum is ${e.facts.sum ?? "missing"} and should be ${e.facts.truth}. The stream has some orders twice, as a producer that tries again leaves them: count by \`id\`.` },
    { id: "acks-lost-at-exit", checks: ["consume-rate", "loses-nothing"], file: WORKER, row: 41, says: (e) => (e.facts.unacked === 1
      ? "Your worker has ended, and one order that it took was never acked. Does the loop end before the last `ack()`? Or is it said, and the client has no time to write it? `await nc.drain()` waits for that, process.exit does not."
      : `Your worker has ended, and ${e.facts.unacked} orders that it took were never acked. \`ack()\` hands an ack to the client, which writes it a moment later. \`await nc.drain()\` waits for that, process.exit does not.`) },
    { id: "claims-success", file: PRODUCER, says: "The stream took 100 of 300 orders and refused the rest, and your producer ended with exit code 0. A promise that nobody awaits hides its refusal: look at each of them." },
    { id: "unbounded", file: PRODUCER, row: 91, says: (e) => `${e.facts.outstanding} orders of yours were under way without one PubAck, and WINDOW said 32. As long as the server answers quickly nobody notices. When it is slow for a minute, all your orders are in this program's memory, and time out together.` },
    { id: "takes-everything", file: WORKER, says: (e) => `Your worker had ${e.facts.inHand} orders that it had not acked. They are in its memory, and if it dies all of them have to come again. \`max_ack_pending\` is the server's bound for that; its default of 1,000 is enough here.` },
  ],
  questions: [
    {
      ask: "The wire takes 5 ms each way. A producer awaits each PubAck. How many orders a second does it store?",
      options: ["about 100", "about 1,000", "as many as the server can"],
      answer: "About 100: one round trip of 10 ms for each order. The server could store tens of thousands, and the producer could make as many. Both wait.",
    },
  ],
  next: [
    "run the check with another window: WINDOW is the only number, and your-rate shows what it does",
  ],
});
