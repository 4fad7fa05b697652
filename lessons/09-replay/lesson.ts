import { defineLesson } from "#engine/lessons/define.ts";
import { makeHistory } from "./check.data.ts";
import { diagnoses } from "./check.diagnoses.ts";

export default defineLesson({
  title: "Read the past",
  part: 4,
  minutes: 15,
  pace: "waits",
  budget: 8_000,
  task: "Read a stream from its first message to its last, know where the last is, and leave nothing behind.",
  needs: { jetstream: true },
  picture: "rewind",
  programs: {
    revenue: { kind: "once" },
    replay: { kind: "once" },
  },
  starter: { check: "matches-the-truth", diagnosis: "never-ends" },
  begins: ({ nc, jsm }) => makeHistory(nc, jsm),
  checks: [
    {
      id: "matches-the-truth",
      title: "The revenue of 5,000 events is right, to the cent",
      at: "#where-history-ends",
      hints: [
        "Which message is the last one that your program wants? Is it the last one in the stream?",
        "The section \"Where history ends\" names two numbers that the server tells: one before the first message, one with every message.",
        "Stop when `message.info.pending` is 0. Break out when `message.seq` is beyond `state.last_seq`: that one came after you had begun.",
      ],
    },
    {
      id: "again-gives-the-same",
      title: "A second run gives the same revenue",
      at: "#your-task",
      hints: [
        "What does the bucket hold when the second run begins?",
        "A sum that starts from what the bucket says is a sum of two runs.",
        "Begin every sum at 0, and put the result with `put`, which replaces the value.",
      ],
    },
    {
      id: "since",
      title: "Replay plays what was stored since a moment, unchanged and in order",
      at: "#two-clocks",
      hints: [
        "An event has two times. Which of them does the server know?",
        "Look at \"Two clocks\": the consumer has a setting for the moment at which it begins.",
        "The consumer takes `deliver_policy` start time and `opt_start_time`. Publish `message.data` as it is, and copy the headers but those that begin with `Nats-`.",
      ],
    },
    {
      id: "gaps",
      title: "Deleted messages, the last one too, do not disturb",
      at: "#where-history-ends",
      hints: [
        "The stream's last number is 300, and message 300 was deleted. Which message will your program see last?",
        "Numbers of deleted messages are never used again. So do not wait for a number.",
        "`message.info.pending` counts what is left of your kind, without the gaps: at 0 you have seen the last.",
      ],
    },
    {
      id: "empty-stream",
      title: "With nothing to read, both end",
      at: "#where-history-ends",
      hints: [
        "Who tells your loop to stop when there is no message at all?",
        "The consumer knows how much lies before it, before it has delivered anything.",
        "Ask `consumer.info()` for `num_pending` first, and return when it is 0.",
      ],
    },
    {
      id: "disturbs-nobody",
      title: "The live worker's place is untouched, and nothing is left behind",
      at: "#what-stays",
      hints: [
        "What does the server still have of your program when it has ended?",
        "An ordered consumer is a consumer on the server. Closing the messages does not remove it.",
        "Call `delete` on the consumer in a `finally`, so that it goes however the reading ends.",
      ],
    },
    {
      id: "keeps-up",
      title: "Both end while new orders come in, and leave those out",
      at: "#where-history-ends",
      hints: [
        "Orders arrive faster than you read them. When is nothing left?",
        "You looked at the stream before you began. That look says where history ended.",
        "Leave the loop at the first message whose `seq` is greater than `state.last_seq`, before you yield it.",
      ],
    },
  ],
  diagnoses,
  questions: [
    {
      ask: "The stream's last message is a parcel that was shipped, and the starter of revenue.ts stops at the stream's last number. When does it stop?",
      options: ["at the last payment", "at the parcel", "never"],
      answer: "Never. It reads payments only, so the message with that number is not among those it gets, and it waits for the next payment.",
    },
    {
      ask: "You replay with --to orders. What happens to the stream ORDERS?",
      options: ["nothing", "it grows", "the server refuses"],
      answer: "It would store every event a second time under orders.orders.…, because that matches orders.>. A replay that feeds the stream it reads may never end.",
    },
  ],
  next: [
    "watch 10,000 events become a read model while a worker goes on: npm run demo:replay",
    "add a second sum, by sku, without touching what is there: the events are still all in the stream",
  ],
});
