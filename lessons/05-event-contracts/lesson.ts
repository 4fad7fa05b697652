import { defineLesson } from "#engine/lessons/define.ts";
import { diagnoses } from "./check.diagnoses.ts";

export default defineLesson({
  title: "Events are promises",
  part: 3,
  minutes: 15,
  pace: "quick",
  budget: 2_000,
  task: "Read orders as their contract says, in both versions, and refuse the rest with a reason instead of falling over it.",
  programs: {
    intake: { kind: "service", hears: ["orders.placed.eu.1001"] },
  },
  starter: { check: "reads-v1-and-v2", diagnosis: "version-ignored" },
  checks: [
    {
      id: "reads-v1-and-v2",
      title: "Version 1 and version 2 of an order are read",
      at: "#an-event-is-a-promise",
      hints: [
        "Two senders, two versions: how does your program know which of them it has before it? Does it look?",
        "Look at `readVersion` in contract.ts. It is given the type of the event and does not use it. The section \"An event is a promise\" shows how the two bodies differ.",
        "Add a second schema from `common`, with `amountCents` (a whole number, 0 or more) and `currency` (text). In `readVersion`, compare the type with the two names: version 1 goes through `fromV1`, version 2 is what you want already, and anything else is thrown as `Refused` with `unsupported-version`.",
      ],
    },
    {
      id: "tolerates-new-fields",
      title: "Fields that nobody knows yet break nothing",
      at: "#contract",
      hints: [
        "A sender adds a field `gift` tomorrow and tells nobody. What should your program do with that order?",
        "The contract says that unknown fields are accepted. Schema libraries have a strict and a tolerant form of an object.",
        "Use `z.object`, which leaves unknown fields out. `z.strictObject` refuses them. Choose the schema by the type alone: a further field may be called like one of the other version's.",
      ],
    },
    {
      id: "rejects-with-reason",
      title: "What breaks the contract is refused, with a reason",
      at: "#looking-instead-of-hoping",
      hints: [
        "`body as T` has a meaning for the compiler. What is left of it when the program runs?",
        "Look at `check` in contract.ts: it is given a schema and does not use it. Then follow the error: who takes it, and what happens to the loop in intake.ts?",
        "In `check`, call the schema's `safeParse` with the body. Return its `data` on success, else throw `Refused` with `invalid` and the text of `z.prettifyError`. In intake.ts, put the loop's body into a `try` whose `catch` calls `refuse`.",
      ],
    },
    {
      id: "keeps-going",
      title: "Nothing that is sent stops intake, and nothing vanishes",
      at: "#looking-instead-of-hoping",
      hints: [
        "One event cannot be read. What happens to the event behind it?",
        "An error that nobody takes leaves the `for await` loop, and with it ends the program. Look at which lines of the loop can throw, and whether all of them stand inside the `try`.",
        "Put everything that touches the message into the `try`, the reading of its headers as well, and call `refuse` in the `catch`. The given `refuse` makes one line of the reason and can do without room.",
      ],
    },
    {
      id: "both-encodings",
      title: "JSON and MessagePack are both understood",
      at: "#contract",
      hints: [
        "Bytes do not say what they are. Which header does?",
        "The contract names two values of `ce-datacontenttype`, and what holds when it is not there. `decodeBody` in the starter knows them.",
        "Let every event go through `decodeBody`, validate what it returns, and always answer in JSON: `accept` does that with the order it is given.",
      ],
    },
    {
      id: "exact-header-names",
      title: "Headers are spelt exactly as the contract spells them",
      at: "#contract",
      hints: [
        "In HTTP, `Ce-Id` and `ce-id` are the same header. Here as well?",
        "Compare the names your program sets with the table in the contract, letter by letter. `accept` and `refuse` in the starter set them right.",
        "Lower case for all that begins with `ce-`; `Reject-Reason` with capitals. The accepted order keeps its `ce-id`, and has the type `shop.order.accepted.v2`. Pass no `Match` option to `headers.set`.",
      ],
    },
    {
      id: "safe-subject-tokens",
      title: "No stranger's text becomes part of a subject unseen",
      at: "#text-from-strangers",
      hints: [
        "An order has the id `7.2`. On which subject would it be accepted, and how many parts does that have?",
        "Look at `checkParts` in contract.ts, and at the alphabet in the contract. A regular expression that matches the whole text says it in one line.",
        "Test both parts against `^[\\w-]{1,64}$` and throw `Refused` with `unsafe-id` when one does not match. Do not encode, and do not replace.",
      ],
    },
  ],
  diagnoses,
  questions: [
    {
      ask: "One of five events is cut off in the middle, the third. How many of the others does the starter pass on?",
      options: ["four: the bad one is skipped", "two: it ends at the third", "none"],
      answer: "Two, and the second without a price. JSON.parse throws at the third, the error leaves the for await loop, and the process ends. The two behind it are gone: core NATS has no place to keep them.",
    },
  ],
  next: [
    "npm run demo:serialization compares JSON, MessagePack and Protobuf on this lesson's events, on your machine",
    "write version 3 with a field `gift` that must be there, and find out who has to change first: the senders or the readers",
  ],
});
