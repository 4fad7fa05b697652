import { defineLesson } from "#engine/lessons/define.ts";
import type { Evidence } from "#engine/lessons/evidence.ts";
import type { Finding } from "./check.faults.ts";

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
        "Use `z.object`, which leaves unknown fields out. `z.strictObject` refuses them.",
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
  diagnoses: [
    {
      id: "hears-too-little",
      hints: ["How many parts may a subject under `orders.placed` have, and how many has your pattern?", "Subscribe to `orders.placed.` and `>`: whatever comes there has a right to an answer, however odd its subject."],
      file: "intake",
      row: 4,
      says: (e) => `An order came in on ${of(e).subject}, and your intake is not subscribed to that. The contract says orders.placed.> : any number of parts may follow.`,
    },
    {
      id: "raw-token",
      file: "contract.ts",
      row: 26,
      says: (e) => `Your intake took ${of(e).what} and ${of(e).sentOn ? `published on ${JSON.stringify(cut(of(e).sentOn ?? ""))}` : "published on a subject that reached nobody"}. A dot or a star means something in a subject, and a subject that is too long or has an empty part goes nowhere. Refuse such an id as unsafe-id; encoding it would make a second id out of one.`,
    },
    {
      id: "parse-without-try",
      hints: ["One event throws. Which lines of the loop can throw, and what is left of the loop then?", "Put all that touches one message into a `try`, the reading of `message.headers` as well, and call `refuse` with the message and the error in its `catch`."],
      file: "intake",
      row: 23,
      says: (e) => `${of(e).exit ? `Your intake ended (${of(e).exit})` : "Your intake still runs, but hears nothing any more"} after it got ${of(e).what}. An error left the place where you handle messages. Whatever touches a stranger's event belongs inside a try, also the first look at its headers, which can throw: refuse that event, and go on with the next.`,
    },
    {
      id: "header-case",
      file: (e) => (of(e).fault === "header case" ? "intake" : "contract.ts"),
      row: 21,
      says: (e) => (of(e).fault === "header case"
        ? `Your intake sets a header ${of(e).name} in another case. ${EXACT}`
        : `Your intake refuses a good event ("${of(e).reason}"), and accepts the same one with its headers spelt Ce-Id or CE-ID. ${EXACT}`),
    },
    {
      id: "version-ignored",
      hints: ["Two senders, two versions: does your program look at the type before it reads the body?", "In `readVersion` compare the type with the two names. Whatever is neither of them is refused as `unsupported-version`, also if its body looks right."],
      file: "contract.ts",
      row: 27,
      says: (e) => (of(e).trap === "version"
        ? `Your intake accepted ${of(e).what} as if it knew it. Type and specversion say what the sender promises: a promise you have not read is refused, not guessed at.${aboutTables(e)}`
        : `Your intake reads version 2 as version 1. The two say the amount differently, and ce-type tells which one it is: look at it before you look at the body.`),
    },
    {
      id: "cents-off-by-rounding",
      hints: ["What does JavaScript make of 19.99 times 100?", "Floating-point numbers miss by a little: round the product with `Math.round` when you turn euros into cents."],
      file: "contract.ts",
      says: (e) => `Your intake came to grief with ${of(e).what}: ${of(e).seen}. Most decimal fractions have no exact binary form (19.99 * 100 is 1998.9999999999998), so a conversion to cents has to round to the nearest whole number, and a test for two decimals has to allow for it.`,
    },
    {
      id: "trusts-the-subject",
      hints: ["Two places name the region and the order: the subject and the body. Which one does the contract call right?", "Build the new subject from the body's `region` and `orderId`, after they were checked."],
      file: "intake",
      says: (e) => `Your intake published on ${of(e).sentOn}. It takes region and order id from the subject the event came in on. The subject is an address, and the body is the promise: take both from the body.`,
    },
    {
      id: "strict-about-extras",
      file: "contract.ts",
      says: "Your intake refuses an order because it says more than the contract asks for. Then no sender can ever add a field before all readers have changed. Ignore what you do not know.",
    },
    {
      id: "follows-proto",
      hints: ["An event has a field that is called `__proto__`. What does JavaScript do when such an object is copied field by field?", "Take the fields you know by their names from what the schema returns, and copy nothing else."],
      file: "contract.ts",
      says: (e) => `Your intake accepted ${of(e).what}. A field called __proto__ is an ordinary field to JSON, but copied with Object.assign or by a merge it becomes the object's prototype, and its values look like your own. Validate the decoded body itself.`,
    },
    {
      id: "cast-instead-of-validate",
      file: "contract.ts",
      row: 23,
      says: (e) => `Your intake accepted ${of(e).what}. A type annotation or a cast is gone when the program runs: only a check of the values themselves, with the range that the contract gives each, tells a good body from a bad one.`,
    },
    {
      id: "drops-invalid",
      hints: ["The sender believes that the order is placed. How does anybody learn that it was not?", "Every message gets one answer. In the `catch`, call `refuse`, which publishes to orders.invalid."],
      file: "intake",
      says: (e) => `Your intake got ${of(e).what} and said nothing, neither accepted nor refused. The sender believes that the order is placed. What cannot be accepted belongs on orders.invalid, where somebody can find it.`,
    },
    {
      id: "two-answers",
      hints: ["One message came in. How many went out?", "After a refusal nothing more may happen for that message: let the refusal throw, or return right after it."],
      file: "intake",
      says: (e) => `Your intake answered ${of(e).what} more than once: ${of(e).seen}. After a refusal, nothing else may happen to that event.`,
    },
    {
      id: "alters-the-event",
      hints: ["Somebody has to find out what was wrong with the event. What do they need?", "orders.invalid gets the payload as the bytes that came and the headers that came, plus Reject-Reason. `refuse` in the starter does it."],
      file: "intake",
      says: (e) => `Your intake refused ${of(e).what}, but not as it came: ${of(e).seen}. Whoever looks into it later needs the very bytes that were refused. Pass on the message's data and headers, and add the reason.`,
    },
    {
      id: "wrong-reason",
      hints: ["A program sorts the refused events by the first word of the reason. Which five words does it know?", "Look at the table of reasons under \"Not valid\": each has one cause. Throw `Refused` with that word where you find the cause."],
      file: "contract.ts",
      says: (e) => `Your intake refused ${of(e).what}, and that is right, but ${of(e).seen}. The first word is for programs: it is one of the five in the contract, in the header Reject-Reason.${aboutTables(e)}`,
    },
    {
      id: "assumes-json",
      file: "contract.ts",
      says: (e) => `Your intake could not read ${of(e).what}. It takes every body for JSON. The header ce-datacontenttype says what the bytes are.`,
    },
    {
      id: "forwards-the-bytes",
      file: "intake",
      says: "Your intake passes the bytes of an accepted event on as they came. Whoever hears orders.accepted was promised JSON, so that nobody behind you has to know the older forms: encode the order you have read.",
    },
    {
      id: "wrong-attributes",
      file: "intake",
      says: (e) => `On an accepted order the header ${of(e).name} is not what the contract says: ${of(e).seen}. The accepted event is about the same fact, so it keeps the id, and it has a type of its own.`,
    },
  ],
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

const EXACT = "NATS compares header names letter by letter: Ce-Id and ce-id are two headers. The contract's are in lower case.";

/** What a name that every object knows does to a table of versions. */
function aboutTables(e: Evidence): string {
  if (!of(e).what.includes('"constructor"')) return "";
  return ' A plain object used as a table has entries that nobody wrote, "constructor" and "__proto__" among them: compare the type with the two names, or use a Map.';
}

function of(evidence: Evidence): Finding {
  return evidence.facts.finding as Finding;
}

function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
