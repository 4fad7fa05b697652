import type { DiagnosisDef } from "#engine/lessons/define.ts";
import type { Evidence } from "#engine/lessons/evidence.ts";
import type { Finding } from "./check.faults.ts";

/** The mistakes of this lesson in words, in the order in which check.test.ts asks for them. */
export const diagnoses: DiagnosisDef[] = [
  {
    id: "hears-too-little",
    hints: ["How many parts may a subject under `orders.placed` have, and how many has your pattern?", "Subscribe to `orders.placed.` and `>`: whatever comes there has a right to an answer, however odd its subject."],
    file: "intake",
    row: 4,
    says: (e) => `An order came in on ${of(e).subject}, and your intake is not subscribed to that. The contract says orders.placed.> : any number of parts may follow.`,
  },
  {
    id: "mends-the-id",
    hints: ["Two events have the ids `1001` and `1001` with a blank behind it. How many orders are that to a reader of orders.accepted?", "Test `region` and `orderId` as they came, and throw `Refused` with `unsafe-id`: no `trim`, no `replace`, no `encodeURIComponent`."],
    file: "contract.ts",
    says: (e) => `Your intake took ${of(e).what} and published on ${JSON.stringify(cut(of(e).sentOn ?? ""))}: it made another id of it. Trimmed, replaced or encoded, one order has two names, or two orders have one. Refuse such an id as unsafe-id, and mend nothing.`,
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
    id: "refuses-good-ids",
    hints: ["Which characters may stand in an id, and how many? Does your test say the same, for each id anew?", "Test the whole text: `/^[\\w-]{1,64}$/`. A RegExp with the flag `g` remembers where it stopped and begins there the next time: leave the flag out."],
    file: "contract.ts",
    says: (e) => `Your intake refused ${of(e).what} as unsafe-id, and its region and orderId are good: 1 to 64 of A-Z a-z 0-9 _ - each. Look at your pattern and at what you give it. A RegExp with the flag g (or y) remembers where it stopped: its next test begins in the middle of another text.`,
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
    id: "guesses-the-version",
    hints: ["An event says version 2 in ce-type and has a field that is called `amount`. Which of the two says what it is?", "Choose the schema by ce-type and by nothing else, and set the fields you convert last, so that no further field of the same name replaces them."],
    file: "contract.ts",
    says: (e) => `Your intake got ${of(e).what}, and ${of(e).seen}. ${of(e).trap === "crossed" ? "What does not fit the version it names is refused as invalid, and not tried as another" : "A further field may have any name, also one that the other version uses"}: ce-type alone says which version it is. Read the fields of that version, and let no other field take their place.`,
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
    says: (e) => `Your intake ${of(e).sentOn ? `published on ${of(e).sentOn}` : `refused ${of(e).what}`}. It takes region and order id from the subject the event came in on. The subject is an address, and the body is the promise: take both from the body.`,
  },
  {
    id: "strict-about-extras",
    file: "contract.ts",
    says: "Your intake refuses an order because it says more than the contract asks for. Then no sender can ever add a field before all readers have changed. Ignore what you do not know.",
  },
  {
    id: "asks-for-more",
    hints: ["Which values does the contract allow here? Which does your program allow?", "Text is any text, and a region is any 1 to 64 of A-Z a-z 0-9 _ - : use `z.string()`, no list of values, no length and no e-mail address. 0 cents are an amount, and a quantity has no upper limit."],
    file: "contract.ts",
    says: (e) => `Your intake refuses ${of(e).what} ("${of(e).reason ?? "no reason"}"), and takes a plain one. It asks for more than the contract does, as with a list of the values seen so far or a limit of its own. The sender keeps the promise: whatever the contract allows is a good order, also tomorrow's.`,
  },
  {
    id: "makes-up-a-field",
    hints: ["Half an order comes in. Who says what the other half is?", "Leave out `.default()`, `.optional()`, `??` and conversions of what is not there: a field that is missing is refused as `invalid`."],
    file: "contract.ts",
    says: (e) => `Your intake accepted ${of(e).what}, and passed it on with ${of(e).madeUp}. Nobody sent that: a default, or a conversion of a value that is not there, makes a whole order of half a one. A field that is missing is refused.`,
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
];

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
