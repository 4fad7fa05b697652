import type { DiagnosisDef } from "#engine/lessons/define.ts";
import type { Evidence } from "#engine/lessons/evidence.ts";

/** The mistakes that this lesson names, in the order in which they are asked. */
export const diagnoses: DiagnosisDef[] = [
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
    id: "closes-what-nobody-reads",
    hints: ["Your program has stopped reading and is still there. Which of its lines does it wait in?", "`messages.close()` waits until the loop over these messages is over, and no loop ever began. Look at `num_pending` before you call `consume`, and return while there is nothing to close."],
    checks: ["empty-stream"],
    file: "history.ts",
    says: (e) => `${String(e.facts.program)} saw that there is nothing to read, stopped reading, and does not end: messages.close() is over only when a loop over the messages is, and there was none. Ask for num_pending before you call consume.`,
  },
  {
    id: "waits-for-its-acks",
    hints: ["How many messages does the server hand out that nobody has acked?", "A reader takes nothing: an ordered consumer, or one with `ack_policy` none, has nothing to ack and no such limit."],
    file: "history.ts",
    says: (e) => `${String(e.facts.program)} does not end, and has not read everything: its consumer wants an ack for each message, and after ${unacked(e)} without one the server hands out no more (\`max_ack_pending\`). Reading the past needs no acks: take an ordered consumer, or \`ack_policy\` none.`,
  },
  {
    id: "none-of-its-kind",
    hints: ["There are events in the stream. How many of them are for your program?", "`state.messages` counts every kind, and from the first on. `num_pending` of the consumer counts yours: its filter, its start. Return when that is 0."],
    checks: ["empty-stream"],
    file: "history.ts",
    says: (e) => `${String(e.facts.program)} waits in a stream of ${String(e.facts.others)} events of which none is for it: there is no payment, and nothing since the moment that was given. \`state\` of \`streams.info\` counts every kind; what lies before your reading is \`num_pending\` of the consumer.`,
  },
  {
    id: "never-ends",
    file: "history.ts",
    says: (e) => `${String(e.facts.program)} has read what there is and does not end: ${(e.facts.torn === true ? TORN : WHY[e.check]) ?? "no message tells it that it was the last"}.`,
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
    file: (e) => (e.check === "since" ? "history.ts" : "revenue"),
    says: (e) => (e.check === "since"
      ? "Your replay chose events by the time in their body, in history.ts or in replay.ts. --since speaks of the time at which the stream stored them, and only the server knows that one."
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
    id: "leaves-consumer-on-error",
    hints: ["A payment whose body is no JSON ended the reading. Which of your lines does the program still come to after that?", "None below the loop. What has to be done in any case stands in a `finally`: an error in the loop of the caller passes there as well."],
    checks: ["disturbs-nobody"],
    file: "history.ts",
    says: (e) => `A payment whose body is no JSON ended the reading of ${String(e.facts.program)}, and a consumer of its own is still on the server: ${String(e.facts.left)}. After an error, or a \`break\` in the caller's loop, nothing below the \`yield\` runs but a \`finally\`: delete the consumer there.`,
  },
  {
    id: "leaves-consumer",
    checks: ["disturbs-nobody", "empty-stream"],
    file: "history.ts",
    hints: ["On which ways may the reading end, and does your program tidy up on each of them?", "Put the reading into a `try`, from the moment the consumer is there, and delete the consumer in its `finally`: an early return passes there as well."],
    says: (e) => `A consumer of yours is still on the server: ${String(e.facts.left)}. ${e.facts["goes by itself"] === true ? "It goes by itself after a while, and until then" : "It never goes by itself, and"} the server keeps its place for nobody. \`consumer.delete()\` removes it; in a \`finally\` it does so however the reading ends.`,
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
];

const TORN = "the reading met a payment that is no JSON, and the program stays";

const WHY: Record<string, string> = {
  "matches-the-truth": "the last message of the stream is no payment, and `state` counts every kind, so the number it waits for never comes",
  since: "the number it waits for never comes",
  gaps: "the last message was deleted, so the number it waits for never comes",
  "empty-stream": "with no message at all, none can tell it to stop",
  "keeps-up": "it waits for a message that is not there",
};

/** How many messages a consumer of ORDERS has handed out without an ack, where the server stops for that reason; 0 where it does not. */
export function unacked(e: Evidence): number {
  const consumers = e.streams.find(({ name }) => name === "ORDERS")?.consumers ?? [];
  const full = consumers.find(({ name, config, num_pending, num_ack_pending }) =>
    name !== "payments" && num_pending > 0 && Number(config.max_ack_pending ?? 0) > 0 && num_ack_pending >= Number(config.max_ack_pending));
  return full?.num_ack_pending ?? 0;
}
