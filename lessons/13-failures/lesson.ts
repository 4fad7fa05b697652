import { defineLesson } from "#engine/lessons/define.ts";
import { diagnoses } from "./check.diagnoses.ts";

export default defineLesson({
  title: "Retry, give up, look again",
  part: 5,
  minutes: 15,
  pace: "waits",
  budget: 15_000,
  task: "Tell failures that pass from failures that stay: give the first time, and keep the second where they can be looked at.",
  needs: { jetstream: true },
  picture: "life",
  programs: {
    worker: { kind: "service", copies: true, pulls: { stream: "WORK", consumer: "payments" }, env: { ACK_WAIT_MS: "10000", RETRY_MS: "300", MAX_DELIVER: "5" } },
    "dead-letters": { kind: "service", hears: ["$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.WORK.payments"] },
    redrive: { kind: "once" },
  },
  starter: { check: "outage", diagnosis: "instant-nak" },
  begins: async ({ jsm, world }) => {
    await jsm.streams.add({ name: "WORK", subjects: ["orders.placed.>"], retention: "workqueue", storage: "file", discard: "new" });
    await jsm.streams.add({ name: "DEAD", subjects: ["dead.>"], retention: "limits", storage: "file", discard: "new" });
    // The provider is away for the first calls, and refuses a later one.
    world.fail(503, { service: "charge", times: 3 });
    world.fail(400, { service: "charge", after: 2, times: 1 });
  },
  checks: [
    {
      id: "transient-recovers",
      title: "A charge that fails twice succeeds the third time",
      at: "#two-kinds-of-no",
      hints: [
        "The provider says 503: not now. What has become of the order, and who will try again?",
        "\"Two kinds of no\" says which answers pass. Look at what your worker tells the server after a failed charge.",
        "Give the order back with `nak` and a delay. Only a charge that succeeded is acked.",
      ],
    },
    {
      id: "outage",
      title: "A provider that is away for two seconds loses no order",
      at: "#time-between-the-tries",
      hints: [
        "An order has five tries. How long do five tries take with your worker?",
        "A `nak` gives the order back, and the server delivers it again at once. Look in \"Time between the tries\" for what `nak` can be given.",
        "`message.nak(ms)` makes the server wait: RETRY_MS after the first try, twice as long after each further one.",
      ],
    },
    {
      id: "backs-off",
      title: "Each try waits twice as long as the one before",
      at: "#time-between-the-tries",
      hints: [
        "What does a provider need that is overloaded: to be asked again soon, or less and less often?",
        "`message.info` tells how often the order was delivered. Look at what the delay of the third try has to be.",
        "The delay is RETRY_MS times two to the power of (deliveries minus one): 200, 400, 800.",
      ],
    },
    {
      id: "permanent-parks",
      title: "What will never work is parked at the first try",
      at: "#dead-letters",
      hints: [
        "The provider says 400: this order will never work. What would a second try change?",
        "`charge` throws a `WorldError` with a `status`. Compare what your worker does with 400 and with 503.",
        "Where the status is 400, call `park` with \"refused\"; where the body is no JSON, with \"malformed\".",
      ],
    },
    {
      id: "bounded",
      title: "What has had all its tries is parked",
      at: "#the-end-of-trying",
      hints: [
        "The server stops delivering after `max_deliver`. Where is the order then?",
        "\"The end of trying\" says what the server does with it: nothing. So who has to act, and at which try?",
        "At the try whose number is MAX_DELIVER, the failed order is parked with \"exhausted\" instead of being given back.",
      ],
    },
    {
      id: "crash-loop",
      title: "An order that kills its worker is parked in the end",
      at: "#a-message-that-kills",
      hints: [
        "The worker dies of the message. Who is left to park it?",
        "The server tells in an advisory that it gives up. Look at who hears it, and at what the server needs before it says so.",
        "`dead-letters.ts` hears `$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.WORK.payments`, gets the message by its number, publishes it in DEAD, and then deletes it from WORK.",
      ],
    },
    {
      id: "dead-letter-first",
      title: "An order leaves WORK only when its letter is safe",
      at: "#dead-letters",
      hints: [
        "DEAD is full and refuses the letter. Where is the order at that moment?",
        "There are two steps: one stores the letter, one removes the order. Look at which of them has happened when the other fails.",
        "Await `js.publish`, and ack after it. If it throws, nothing is acked and the order comes back.",
      ],
    },
    {
      id: "redrive",
      title: "Dead letters go back where they came from, once",
      at: "#putting-back",
      hints: [
        "The cause is mended and the letters go back. What if one of them dies again while that goes on?",
        "Look at three things: when a letter is removed, what ends the run, and what a PubAck can say besides a number.",
        "Put back what was in DEAD at the start; remove a letter after the PubAck of its copy; do not give the copy the event's id as its message id.",
      ],
    },
  ],
  diagnoses,
  questions: [
    {
      ask: "A consumer has max_deliver 5, and an order has failed five times. Where is the order now?",
      options: ["in a dead-letter queue of the server", "deleted", "in the stream, and nobody is given it any more"],
      answer: "In the stream, and nobody is given it any more. The server has no dead-letter queue and deletes nothing: it only stops delivering. A workqueue fills up with such orders, unless whoever makes the last try parks them.",
    },
  ],
  next: [
    "let an order die of 400, mend the world and put it back: npx tsx lessons/13-failures/redrive.ts",
  ],
});
