import { defineLesson } from "#engine/lessons/define.ts";
import { makeHistory } from "./check.data.ts";

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
  diagnoses: [
    {
      id: "uses-the-live-consumer",
      hints: ["Whose place does `payments` keep?", "Name the stream and no consumer: you get one of your own, which nobody else notices."],
      file: "history.ts",
      says: "Your program pulls from the consumer payments. That one belongs to the live workers: each message you take from it is one that a worker does not get, and its place moves.",
    },
    {
      id: "takes-the-new-for-history",
      hints: ["Your program asked the server where the stream ends before it read anything. Does it still look at that number?", "`pending` is 0 when nothing is left now; in a busy shop that is never. Compare `message.seq` with `state.last_seq` as well, and stop at a greater one before you yield it."],
      checks: ["keeps-up"],
      file: "history.ts",
      says: (e) => `${String(e.facts.program)} took payments for history that came in while it was reading${e.facts["goes on"] === true ? ", and still asks for more: in a shop that is open there is always a next one" : ""}. History ends with the message that was the stream's last when the program began; \`pending\` 0 and a moment of silence say only that nothing new has come yet.`,
    },
    {
      id: "asks-for-a-puback",
      hints: ["Who answers a publish that asks for a PubAck?", "A stream that has the subject, and `again.>` is in none. Publish with `nc.publish`, which asks for no answer."],
      checks: ["since"],
      file: "replay",
      says: "Your replay asks for a PubAck under again.>, and no stream has that subject: nobody answers. The replay is for programs that listen now; publish it on the connection, as core NATS does.",
    },
    {
      id: "never-ends",
      file: "history.ts",
      says: (e) => `${String(e.facts.program)} has read what there is and does not end: ${WHY[e.check] ?? "no message tells it that it was the last"}.`,
    },
    {
      id: "a-gap-is-no-end",
      hints: ["A message was deleted. What does the server answer when your program asks for its number?", "That there is none, which says nothing about the next number. Go on with that one, or let a consumer step over the gaps."],
      checks: ["gaps"],
      file: "history.ts",
      says: (e) => `${String(e.facts.program)} did not get past a deleted message${e.facts["last words"] === undefined ? `: it read ${String(e.facts.read)} messages, and there were ${String(e.facts.there)}` : `: ${String(e.facts["last words"])}`}. Numbers of deleted messages are gaps, at the beginning and in between: no message under a number does not mean that none follows.`,
    },
    {
      id: "stops-after-first-batch",
      hints: ["One `fetch` gives as many messages as you ask for. What about the rest?", "Go on asking until nothing of your kind is pending, or let `consume` do the asking."],
      file: "history.ts",
      says: (e) => `${String(e.facts.program)} ended after ${String(e.facts.read)} messages, and there were ${String(e.facts.there)}. One fetch is one batch: an end of the batch is not the end of the stream.`,
    },
    {
      id: "exits-without-drain",
      hints: ["`publish` and `put` return before anything is on the wire, or stored. What still waits when your program ends?", "Await each `put`, and let `await nc.drain()` be the last line, in place of `process.exit`."],
      file: (e) => (e.facts.program === "replay" || String(e.facts.program).startsWith("replay#") ? "replay" : "revenue"),
      says: (e) => `${String(e.facts.program)} read all ${String(e.facts.there)} messages, and not everything it had to say arrived: it ended with a part still in its hands. What was published or put has to be on the wire before the process ends.`,
    },
    {
      id: "counts-twice",
      checks: ["again-gives-the-same"],
      file: "revenue",
      says: "After the second run the sums are greater. Your program adds to what the bucket already says; a sum over the whole stream begins at 0.",
    },
    {
      id: "float-money",
      hints: ["What is 0.1 + 0.2 in JavaScript?", "Add whole cents, and write the sum as a decimal number of cents: no division anywhere."],
      checks: ["matches-the-truth", "again-gives-the-same", "gaps"],
      file: "revenue",
      says: (e) => `The bucket says ${String(e.facts.value)}, and the contract says whole cents. In floating point 0.1 + 0.2 is 0.30000000000000004: add whole numbers, and divide when a person is to read them.`,
    },
    {
      id: "wrong-clock",
      hints: ["Each event has two times. On which day did the customer pay, and when did the stream store it?", "The day of revenue is the UTC day of `at` in the body; `--since` means the time at which the stream stored a message."],
      file: "revenue",
      says: (e) => (e.check === "since"
        ? "Your replay chose events by the time in their body. --since speaks of the time at which the stream stored them, and only the server knows that one."
        : "Your sums stand under the day on which the stream stored the events. The day of a payment is the one in its body, `at`, in UTC."),
    },
    {
      id: "day-of-this-clock",
      hints: ["On which day is 2026-03-01T23:59:59Z in Tokyo?", "The first ten characters of `at` are the day in UTC. `getDate` and its like say what the wall clock of this machine shows."],
      checks: ["matches-the-truth", "again-gives-the-same"],
      file: "revenue",
      says: "The sums are right, and they stand under other days: your program asks the clock of the machine it runs on, which was in Tokyo this time. The day is the UTC day of `at`, wherever the program runs.",
    },
    {
      id: "ignores-since",
      hints: ["How does the server learn where the reading is to begin?", "The consumer needs both: `deliver_policy` start time, and `opt_start_time`."],
      checks: ["since"],
      file: "history.ts",
      says: (e) => `Your replay played ${String(e.facts.heard)} events, and ${String(e.facts.there)} were stored since the moment it was given: older ones came along. A consumer begins at the first message unless \`deliver_policy\` and \`opt_start_time\` name another place.`,
    },
    {
      id: "leaves-consumer",
      checks: ["disturbs-nobody", "empty-stream"],
      file: "history.ts",
      hints: ["On which ways may the reading end, and does your program tidy up on each of them?", "Put the reading into a `try`, from the moment the consumer is there, and delete the consumer in its `finally`: an early return passes there as well."],
      says: (e) => `A consumer of yours is still on the server: ${String(e.facts.left)}. It goes by itself after minutes, and until then the server keeps its place for nobody. \`consumer.delete()\` removes it; in a \`finally\` it does so however the reading ends.`,
    },
    {
      id: "counts-every-event",
      hints: ["Which of the events in ORDERS is money that came in?", "Only those on `orders.paid.>`: give that to `history` as `only`, or to the consumer as its filter."],
      checks: ["matches-the-truth", "again-gives-the-same", "gaps"],
      file: "revenue",
      says: "Your sums are too great: they count events that are no payments. Revenue is what stands on orders.paid.<region>.<orderId>.",
    },
    {
      id: "changes-the-event",
      hints: ["Whoever listens compares the replay with the original, byte by byte. Does your program parse what it passes on?", "Publish `message.data` as it is, and copy each header with all its values, but those that begin with `Nats-`."],
      checks: ["since"],
      file: "replay",
      says: "Your replay sends another payload, or other headers, than the stream has stored. Whoever listens must not be able to tell the old event from a new one: the same bytes, and the same headers but those that begin with Nats-.",
    },
  ],
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

const WHY: Record<string, string> = {
  "matches-the-truth": "the last message of the stream is no payment, so the number it waits for never comes",
  since: "the number it waits for never comes",
  gaps: "the last message was deleted, so the number it waits for never comes",
  "empty-stream": "with no message at all, none can tell it to stop",
  "keeps-up": "it waits for a message that is not there",
};
