import type { DiagnosisDef } from "#engine/lessons/define.ts";
import type { Evidence } from "#engine/lessons/evidence.ts";

const WORKER = ["two-updates", "ack-lost", "republished-later", "two-hands", "killed-between"];

/** The mistakes that this lesson knows by name, in the order in which they are asked; `check.mistakes.ts` knows how to tell them. */
export const diagnoses: DiagnosisDef[] = [
  {
    id: "gives-up",
    checks: ["ambiguous-publish", "two-updates", "republished-later"],
    file: "producer",
    says: "Your producer ended with an error before every event had its PubAck. After a timeout the event may be stored or not: the way to know is to publish it again, under the same id.",
  },
  {
    id: "never-exits",
    checks: ["ambiguous-publish", "two-updates", "republished-later"],
    file: "producer",
    says: "Your producer has nothing left to do and is still running. Most likely its connection is open: close it when every event has its PubAck.",
  },
  {
    id: "one-id-for-all",
    checks: ["ambiguous-publish"],
    file: "producer",
    row: 21,
    says: (e) => `Your producer sends different events under one message id${repeatedId(e)}. The server took all but the first of them for repetitions: their PubAcks say "duplicate", and nothing was stored. What names an event is its field \`id\`; a text made from a field that is not there reads "undefined" for every event.`,
  },
  {
    id: "claims-success",
    checks: ["ambiguous-publish"],
    file: "producer",
    says: (e) => `${(e.facts.notStored as string[])[0]} never reached the server, and your producer ended with code 0. No PubAck came for it: that can mean a lost answer or a lost event, and only another try tells.`,
  },
  {
    id: "id-per-order",
    checks: ["two-updates"],
    file: (e) => ((e.facts.notStored as string[] | undefined)?.length ? "producer" : "worker"),
    says: (e) => (keyOfNothing(e) ? `Your worker charges different events under one key, "${keyOfNothing(e)}": it is made from a field that these events do not have. What names an event is its field \`id\`.` : (e.facts.notStored as string[] | undefined)?.length
      ? "Two events of one order went out under the same message id. The server took the second for a repetition of the first, answered with a PubAck that says \"duplicate\", and stored nothing. The id has to name the fact and not the order."
      : `Your worker takes two events of one order for one and the same, so one of them was not charged${e.facts.alike === "one" ? ": they are about the same amount, and differ in their id alone" : ""}. The key has to name the fact and not the order.`),
  },
  {
    id: "hand-written-header",
    checks: ["ambiguous-publish"],
    file: "producer",
    row: 21,
    says: "Your producer sends the id in a header whose name is nearly right. Header names are compared letter by letter: the server knows `Nats-Msg-Id` and nothing else, and says nothing about other spellings. The option `msgID` of `js.publish` writes it for you.",
  },
  {
    id: "random-message-id",
    checks: ["ambiguous-publish"],
    file: "producer",
    row: 66,
    says: (e) => `${e.facts.again ? "Run again with the same file, your producer gave each event another message id, so the server stored all of them once more" : "Each try of your producer has a message id of its own, so to the server they are different messages"}. The id has to be the same in every try, and in the next process too: the event has one.`,
  },
  {
    id: "no-message-id",
    checks: ["ambiguous-publish"],
    file: "producer",
    row: 66,
    says: "Your producer got no answer and published again, which is right. But nothing on the message says that it is the same one, so the server stored it a second time. The server knows a message again by the header `Nats-Msg-Id`.",
  },
  {
    id: "stops-at-an-error",
    checks: WORKER,
    file: "worker",
    says: "Your worker ended by itself at an error. An ack or a charge that fails is a matter of one event: catch the error inside the loop, and go on with the next event.",
  },
  {
    id: "forgets-ack",
    checks: WORKER,
    file: "worker",
    row: 39,
    says: "Your worker charges cards and acks nothing. The server delivers each event again after every ack wait, without end.",
  },
  {
    id: "key-per-attempt",
    checks: ["ack-lost", "two-hands", "killed-between"],
    file: "worker",
    says: "The same event was charged under two different keys. A key that is made anew for each attempt tells the provider that this is another charge: it has to come out of the event.",
  },
  {
    id: "key-per-copy",
    checks: ["republished-later"],
    file: "worker",
    says: "The event stands in the stream twice, and your worker charged it under two different keys. Its key belongs to the message, such as its number in the stream or its time, and not to the event. Only what stands in the event is the same in both.",
  },
  {
    id: "acks-what-failed",
    checks: ["killed-between"],
    file: "worker",
    hints: ["The provider said no to one charge, and your worker went on. What does the server believe about that order?", "Ack only after `charge` has returned. After an error there is no ack, also not in a `finally`, and nothing remembers the order as done: it comes back."],
    says: "The provider was out of order for a moment and answered one charge with 503. Your worker acked that order all the same, at once or when it came back, so nobody charges it any more. Ack an order, or remember it as done, only once its card is charged.",
  },
  {
    id: "marks-before-effect",
    checks: ["two-hands", "killed-between"],
    file: "worker",
    row: 72,
    says: "Your worker wrote into its bucket that the event is done, and was killed before it was. The next worker believed the note, and the card was never charged.",
  },
  {
    id: "at-most-once",
    checks: WORKER,
    file: "worker",
    row: 38,
    says: "Your worker acked the event before its card was charged, and was killed in between. To the server the event is done, so nobody gets it again. That avoids the second charge, and sometimes the first.",
  },
  {
    id: "check-then-act",
    checks: ["ack-lost", "two-hands", "killed-between"],
    file: "worker",
    row: 71,
    says: "Your worker looks into a bucket, charges, and then writes into the bucket. Between the look and the note somebody else can look too, or the worker can die: the charge is made and no note says so.",
  },
  {
    id: "seen-set-in-memory",
    checks: ["two-hands", "killed-between"],
    file: "worker",
    row: 70,
    says: "Your worker remembers what it has charged, and as long as it lives that works. Another worker does not have its memory, and neither does its own next life.",
  },
  {
    id: "trusts-double-ack",
    checks: ["ack-lost", "republished-later", "two-hands", "killed-between"],
    file: "worker",
    row: 69,
    says: "Your worker waits until the server has confirmed each ack. That makes sure of the ack and of nothing before it: the event can be in two hands at once, or in the stream twice, and each time the card is charged.",
  },
  {
    id: "charges-without-key",
    checks: ["ack-lost", "republished-later", "two-hands", "killed-between"],
    file: "worker",
    says: "The event came twice, as it may, and your worker charged the card each time. To the provider these are two charges, because nothing in the calls says that they are one: `charge` takes an `idempotencyKey`. If you do pass one, it was empty or undefined, and that counts as none: the field or header that it is read from is not there.",
  },
];

/** A key that was written with nothing in it, as a field that is not there becomes in a text. */
function keyOfNothing(e: Evidence): string | undefined {
  return e.sceneLedger.find(({ key }) => /\b(?:undefined|null|NaN)\b/.test(key ?? ""))?.key;
}

/** The message id that more than one event went out under, in brackets. */
function repeatedId(e: Evidence): string {
  const sent = e.scene.filter(({ kind, program, headers }) => kind === "publish" && program === "producer" && headers?.["Nats-Msg-Id"]);
  const ids = sent.map(({ headers }) => headers!["Nats-Msg-Id"]![0]!);
  const id = ids.find((one, index) => sent.some(({ subject }, other) => ids[other] === one && subject !== sent[index]!.subject));
  return id === undefined ? "" : ` ("${id}")`;
}
