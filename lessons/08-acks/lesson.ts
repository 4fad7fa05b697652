import { defineLesson } from "#engine/lessons/define.ts";
import { diagnoses } from "./check.diagnoses.ts";

export default defineLesson({
  title: "Crash, and carry on",
  part: 4,
  minutes: 15,
  pace: "waits",
  budget: 15_000,
  task: "Tell the server that an order is done when it is done, so that a crash, a slow charge and a goodbye lose none.",
  needs: { jetstream: true },
  picture: "holders",
  programs: {
    worker: { kind: "service", copies: true, pulls: { stream: "ORDERS", consumer: "payments" }, env: { ACK_WAIT_MS: "2000" } },
  },
  starter: { check: "acks-after-work", diagnosis: "no-ack-policy" },
  begins: async ({ jsm, world }) => {
    await jsm.streams.add({ name: "ORDERS", subjects: ["orders.>"], retention: "limits", storage: "file", allow_direct: true });
    // Slow enough for a person to kill a worker in the middle of a charge.
    world.delay(3_000, { service: "charge" });
  },
  checks: [
    {
      id: "acks-after-work",
      title: "An order is acked once its card is charged",
      at: "#an-ack-means-done",
      hints: [
        "What has to be true of an order when the server hears that it is done? And who decides that it is?",
        "Look at the settings of the consumer in \"An ack means done\": one says who decides, one says for how long the server waits. Then look at what the loop does first.",
        "Set `ack_policy` to \"explicit\" and `ack_wait` to `nanos(ackWaitMs)`. In the loop the ack stands right after the awaited `charge`, inside the `try`.",
      ],
    },
    {
      id: "shares",
      title: "Two workers share the orders",
      at: "#a-consumer",
      hints: [
        "Two copies of your program run. What tells the server that they belong together?",
        "Look at the name of the consumer: where is it written down, and for how long does the server keep it?",
        "All copies use the durable consumer `payments`: the option is `durable_name`, and the name is the same in each of them.",
      ],
    },
    {
      id: "keeps-its-place",
      title: "A new life goes on where the last one was",
      at: "#a-consumer",
      hints: [
        "A worker that starts again has to know what was done before. Where does that stand, in the worker or in the server?",
        "The consumer may be there already, with the settings of an earlier start. Look at what your program does when the server says so.",
        "Error 10148 means that `payments` exists with other settings. Do not end, and do not delete it: take the consumer as it is.",
      ],
    },
    {
      id: "survives-kill",
      title: "A worker is killed in mid-charge, and its orders are charged",
      at: "#when-nobody-acks",
      hints: [
        "The killed worker cannot say anything any more. What makes the server give its order to somebody else?",
        "Look at the ack wait in \"When nobody acks\", and at any setting that limits how often a message is delivered.",
        "An order without an ack comes back after `ack_wait`, as often as it takes: leave `max_deliver` alone until lesson 13.",
      ],
    },
    {
      id: "one-charge-fails",
      title: "A charge fails once, and its order comes back",
      at: "#when-nobody-acks",
      hints: [
        "The provider says 503: not now. Is the order done? And what about the orders after it?",
        "Look at what stands inside the `try` and what does not: which line runs after a charge that failed?",
        "Catch the error inside the loop, go on with the next order, and ack only where the charge has succeeded. The server delivers the other one again by itself.",
      ],
    },
    {
      id: "leaves-cleanly",
      title: "A worker leaves in mid-charge and acks what it charged",
      at: "#leaving",
      hints: [
        "A worker is told to stop while a card is being charged. What does it still have to say, and over what?",
        "Compare what `stop` ends with what has to come last, in the section \"Leaving\".",
        "In `stop` call `stop` on the messages and nothing else. The loop then finishes and ends; after it comes the drain of the connection, and the program ends by itself.",
      ],
    },
    {
      id: "long-work",
      title: "A charge longer than the ack wait happens once",
      at: "#still-at-it",
      hints: [
        "A charge takes five seconds and the server waits for two. What does it believe after two?",
        "A message has more answers than \"done\". Look for the one that asks for more time, in \"Still at it\".",
        "Call `message.working()` from a `setInterval` whose time is a part of the ack wait, and clear the interval in a `finally`.",
      ],
    },
  ],
  diagnoses,
  questions: [
    {
      ask: "A worker is killed after the card was charged and before it could ack. What happens to that order?",
      options: ["it is lost", "it is charged a second time", "the server knows that it was charged"],
      answer: "It is charged a second time. The server knows of no ack, so it delivers the order again. Between the charge and the ack there is always a moment that only the two of you know of; lesson 12 closes it.",
    },
  ],
  next: [
    "kill a worker with kill -9 in the middle of a charge while another one runs (npm run demo:recovery shows it in slow motion)",
  ],
});
