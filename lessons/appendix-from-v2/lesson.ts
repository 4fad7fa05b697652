import { defineLesson } from "#engine/lessons/define.ts";

export default defineLesson({
  title: "Moving from nats to @nats-io",
  minutes: 15,
  pace: "waits",
  budget: 5_000,
  task: "Move two programs from the older client to today's, without changing what they do on the wire.",
  programs: {
    worker: { kind: "service", hears: ["receipts.get"], pulls: { stream: "ORDERS", consumer: "payments" }, env: { ACK_WAIT_MS: "5000" } },
    ask: { kind: "once" },
  },
  needs: { jetstream: true },
  starter: { check: "todays-client", diagnosis: "still-v2" },
  begins: async ({ jsm }) => {
    await jsm.streams.add({ name: "ORDERS", subjects: ["orders.>"], retention: "limits", storage: "file", allow_direct: true });
  },
  checks: [
    {
      id: "charges",
      title: "Each stored order is charged, then acked",
      at: "#what-became-of-what",
      hints: [
        "Which settings did the consumer have before the move, and which does it have now?",
        "Compare your call of `consumers.add` with the starter's, setting by setting. One that is missing has a default.",
        "Without `ack_policy` the server expects no acks at all. `AckPolicy` is exported by @nats-io/jetstream.",
      ],
    },
    {
      id: "receipts",
      title: "The receipt of an order can be asked for",
      at: "#what-became-of-what",
      hints: [
        "What arrives in `message.data`, and what is the key of a bucket?",
        "The table has a row for codecs and one for buckets. Two calls that look alike differ in what they do if the bucket is not there.",
        "Read the question with `message.string()`, write the receipt's id as it is, and get the bucket with `create` of a `Kvm`.",
      ],
    },
    {
      id: "gives-up",
      title: "A charge that fails is tried three times",
      at: "#what-goes-wrong-quietly",
      hints: [
        "What is `undefined >= 3`?",
        "The field that counts deliveries had two names in the older client. Look for the one that is left.",
        "It is `message.info.deliveryCount`, and it is 1 at the first delivery.",
      ],
    },
    {
      id: "leaves",
      title: "The worker leaves when it is told to",
      at: "#contract",
      hints: [
        "What is left open when the loop over the messages has ended?",
        "A Node.js program ends when it has nothing left to do, and an open connection is something to do.",
        "After the loop, call `drain` on the connection and await it.",
      ],
    },
    {
      id: "asks",
      title: "ask tells nobody there from too slow",
      at: "#what-goes-wrong-quietly",
      hints: [
        "What does `error.code` hold in today's client?",
        "Errors are classes now. Print `error.name` and `error.cause` for both cases, and read \"What goes wrong quietly\".",
        "Nobody there: the `cause` is an `errors.NoRespondersError`. Too slow: the error itself is an `errors.TimeoutError`. Both classes are in `errors` of @nats-io/transport-node.",
      ],
    },
    {
      id: "todays-client",
      title: "Both programs speak with today's client",
      at: "#your-task",
      hints: [
        "How does the server know which client a program uses?",
        "Each client says its name and version when it connects. Look at the imports of worker.ts and of ask.ts.",
        "Import from @nats-io/transport-node, @nats-io/jetstream and @nats-io/kv in both files, and nothing from the older package.",
      ],
    },
  ],
  diagnoses: [
    {
      id: "still-v2",
      checks: ["todays-client"],
      file: (e) => old(e.facts).program.split("#")[0] ?? "worker",
      says: (e) => `${old(e.facts).program} connects with version ${old(e.facts).version} of the older client. It works, as you have just seen, and it gets nothing new: no TTL for a message, no batches, no priority groups.`,
    },
    {
      id: "acks-nothing",
      checks: ["charges"],
      file: "worker",
      row: 28,
      says: (e) => `The consumer's ack_policy is "${String(e.facts.policy)}": the server forgets an order as soon as it is sent. Neither client has a default of its own, so a setting that got lost in the move is the server's default. Say ack_policy: AckPolicy.Explicit.`,
    },
    {
      id: "bucket-not-made",
      checks: ["receipts"],
      file: "worker",
      says: "There is no bucket \"receipts\". The older `views.kv` made it if it was not there. Today `open` does not, and does not complain either. What comes next fails: a `put` with the misleading words \"jetstream is not enabled\", other calls with \"stream not found\". `create` makes it, or takes the one that is there.",
      hints: [
        "Which buckets are there after your worker has started? Read the two rows about buckets in \"What became of what\".",
        "Of the two calls of a `Kvm` take the one that makes the bucket where it is not there: `create`.",
      ],
    },
    {
      id: "text-as-json",
      checks: ["receipts"],
      file: "worker",
      says: (e) => `The question was an order id as text, and the answer is ${e.facts.receipt === "none" ? "silence" : String(e.facts.receipt).slice(0, 40)}. There were two codecs, one for JSON and one for text, and the contract has not changed: \`message.json()\` reads the orders, \`message.string()\` the questions, and a receipt's id is written as it is, without quotes.`,
      hints: [
        "There were two codecs in the starter. Which of the two read the orders, and which the questions?",
        "Orders are JSON: `message.json()`. Questions and receipts are text: `message.string()`, and the id as it is.",
      ],
    },
    {
      id: "counts-nothing",
      checks: ["gives-up"],
      file: "worker",
      row: 74,
      says: (e) => `An order that cannot be charged was tried ${String(e.facts.tried)} times, and I looked no further. If your count is the older \`info.redeliveryCount\`, it does not exist any more: \`undefined >= 3\` is false without a word, and the order comes for ever. TypeScript would have told you. The count is \`info.deliveryCount\`, and it is 1 at the first delivery: the third is \`>= 3\`, where \`> 3\` allows one too many.`,
    },
    {
      id: "code-is-gone",
      checks: ["asks"],
      file: "ask",
      row: 11,
      says: (e) => (e.facts.wanted === 2
        ? "Nobody listens, and your program does not recognise it. Errors have no `code` such as \"503\" any more. `request` throws a RequestError, and its `cause` is the NoRespondersError."
        : "The answer does not come in time, and your program does not recognise it. Errors have no `code` such as \"TIMEOUT\" any more: the error is an `errors.TimeoutError`."),
    },
    {
      id: "nobody-as-silence",
      checks: ["asks"],
      file: "ask",
      row: 11,
      says: "Nobody listens on the subject, and your program takes that for an answer that is late. The server has said at once that nobody is there. Look at the `cause` of the error: a NoRespondersError is no timeout.",
    },
    {
      id: "never-leaves",
      checks: ["leaves"],
      file: "worker",
      says: "The loop has ended and the worker runs on, because its connection is open. As before the move, somebody has to drain or close it.",
    },
  ],
  questions: [
    {
      ask: "Which of these does TypeScript find, if you change nothing but the imports?",
      options: ["the codecs", "the count of deliveries", "the codes of errors"],
      answer: "The codecs and the count. `(error as NatsError).code` is a promise that you made to the compiler, and it believes you: at run time there is no code.",
    },
  ],
  next: ["find an example on the web that imports `nats`, and move it with the table"],
});

function old(facts: Readonly<Record<string, unknown>>): { program: string; version: string } {
  return facts.old as { program: string; version: string };
}
