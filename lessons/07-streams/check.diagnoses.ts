import type { DiagnosisDef } from "#engine/lessons/define.ts";
import type { Evidence } from "#engine/lessons/evidence.ts";
import { atWork, ownError, refusal, refused, strangers, unsent } from "./check.evidence.ts";

/** The mistakes that this lesson names, in the order in which they are asked. */
export const diagnoses: DiagnosisDef[] = [
  {
    id: "crashes",
    hints: ["A publish may be refused, and then its promise rejects. Who catches that?", "Put the awaited publish into a `try`; an order that was refused is not stored, and the program goes on to the next."],
    file: roleOf,
    says: (e) => `Your ${roleOf(e)} stopped with an error of its own, before it was done: ${ownError(e)}.`,
  },
  {
    id: "memory-storage",
    checks: ["survives-restart"],
    file: "setup",
    says: "Your stream keeps its messages in the server's memory. They went with the process, and the stream with them. What has to outlive the server is kept with the storage file.",
  },
  {
    id: "setup-fails-second-time",
    file: "setup",
    row: 52,
    says: (e) =>
      refusal(e)?.status === 10058
        ? "The server has a stream ORDERS already, with other settings, and add never changes a stream: error 10058. add again with the very same settings is fine, which is why it went well so far. Use update for a stream that is there."
        : "The server will not make this change to a stream that is there: error 10052. Limits can change at any time. Where the messages are kept (storage) cannot, nor can a stream become a workqueue or stop being one.",
  },
  {
    id: "recreates-the-stream",
    file: "setup",
    says: (e) => `The settings are right, and ${e.facts.lost} of the 5 orders that were in the stream are gone: your setup has deleted or emptied it. That ends every complaint of the server, and every message in the stream. update changes the settings and keeps them.`,
  },
  {
    id: "ignores-the-change",
    file: "setup",
    row: 52,
    says: (e) => `Your setup ended with 0, and the stream is not as it was asked for: ${differs(e)}. Whoever runs it believes that it is. A stream that is there needs an update with all of the settings, whatever it had before.`,
  },
  {
    id: "overlapping-subjects",
    hints: ["A message belongs to one stream. Which stream has these subjects already?", "Do not make a second stream: change ORDERS itself with `update`."],
    file: "setup",
    row: 50,
    says: "The server refused a second stream for subjects that another one keeps: error 10065. A message belongs to one stream. To change a stream, change it; to see its messages elsewhere too, let a consumer read them, or give the second stream subjects of its own.",
  },
  {
    id: "no-stream-orders",
    hints: ["What is the name of the stream, letter by letter?", "It is ORDERS, in capitals, and `setup.ts` exits with 0 only when it is there."],
    checks: ["idempotent-setup", "survives-restart", "reports-failure"],
    file: "setup",
    says: (e) => `Your setup ended with 0, and there is no stream called ORDERS${e.streams.length > 0 ? `, but one called ${e.streams.map((stream) => stream.name).join(" and ")}` : ""}. Names are compared letter by letter, and other programs ask for this one.`,
  },
  {
    id: "other-settings",
    hints: ["Which of the settings in the contract does your stream have, and which did you leave to the server?", "Compare your settings with the first item of \"Contract\", one by one. Durations are nanoseconds: `nanos()` makes them from milliseconds."],
    checks: ["idempotent-setup", "survives-restart", "reports-failure"],
    file: "setup",
    row: 37,
    says: (e) => (e.facts.differs ? `The stream has other settings than the contract: ${differs(e)}. The server counts durations in nanoseconds; nanos() makes them from milliseconds.` : `The server refused the settings: error 10052, ${refusal(e)?.note}. It counts durations in nanoseconds; nanos() makes them from milliseconds.`),
  },
  {
    id: "jetstream-not-enabled",
    hints: ["The server says that JetStream is not enabled, and it is. What else may be missing?", "No stream has this subject. Look at the subject you publish on, and at the `subjects` of the stream."],
    checks: ["acknowledged", "no-mail-lost-now"],
    file: "producer",
    row: 31,
    says: (e) => `The client says "jetstream is not enabled", and that misleads: it is. The server answered 503, because no stream keeps the subject ${refused(e)[0]?.request}. ORDERS keeps what begins with "orders.".`,
  },
  {
    id: "core-publish",
    hints: ["`nc.publish` hands a message to the client. Who tells you that the stream has it?", "Use the client from `jetstream(nc)`: its `publish` resolves with the server's PubAck."],
    checks: ["acknowledged", "reports-failure", "no-mail-lost-now"],
    file: "producer",
    row: 29,
    says: "Your producer publishes without asking for an answer: nc.publish. The stream takes such a message in if it can. If it cannot, nobody is told. js.publish asks for a PubAck, and its promise says what came of it.",
  },
  {
    id: "other-subject",
    hints: ["On which subject does each order belong, part by part?", "`orders.placed.`, then the event's region, a dot, and its order id: a template string."],
    checks: ["acknowledged", "no-mail-lost-now"],
    file: "producer",
    says: (e) => `Your producer published on ${strangers(e)[0]?.subject}. The contract says orders.placed.<region>.<orderId>, and who reads the stream picks orders by these parts.`,
  },
  {
    id: "not-awaited",
    checks: ["acknowledged", "no-mail-lost-now"],
    file: "producer",
    row: 30,
    says: (e) =>
      unsent(e).length > 0
        ? `Your producer ended (exit code ${codeOf(e)}) with ${unsent(e).length} of its orders still in the client: js.publish had been called for them, or was to be, and the connection was closed over it. Await the promise of every js.publish before the program goes on to its end.`
        : `Your producer asked for PubAcks and ended (exit code ${codeOf(e)}) before they had come. It cannot know whether those orders are stored. A flush or drain only says that the server has read them. Await the promise of every js.publish before the program ends.`,
  },
  {
    id: "claims-success",
    checks: ["reports-failure"],
    file: "producer",
    row: 29,
    says: (e) => `Not every order was stored, because ${e.facts.trouble}, and your producer ended with exit code 0. Whoever started it takes that for "all stored". Count what has its PubAck, and end with 1 if one is missing.`,
  },
  {
    id: "false-alarm",
    hints: ["Everything is stored, and your program says that something is missing. What does it count?", "Count a PubAck when it comes, also one that comes after a second try, and compare with the number of orders."],
    checks: ["acknowledged", "no-mail-lost-now"],
    file: "producer",
    says: (e) => `Every order that your producer published has its PubAck, and it ended with exit code ${codeOf(e)}. Whoever started it will do it all again.`,
  },
  {
    id: "changes-the-event",
    hints: ["A mailer reads the message a year from now. What does it find in there that was in the file?", "Publish the event as it stands in the file: the whole object, with the fields that you do not know."],
    checks: ["no-mail-lost-now"],
    file: "producer",
    says: (e) => `The body that your producer stored is not the event: ${e.facts.changed}. Others read fields that you do not know of. Publish the event as it stands in the file.`,
  },
  {
    id: "never-exits",
    hints: ["The work is done. What does a Node.js program wait for before it ends by itself?", "An open connection keeps it alive. Drain or close it as the last step, also after an error."],
    file: roleOf,
    says: neverExits,
  },
];

/** The program that the check had at work, which it has noted. */
function roleOf(e: Evidence): string {
  return String(e.facts.role ?? "setup");
}

function codeOf(e: Evidence): number | null | undefined {
  return atWork(e)?.exit?.code;
}

function differs(e: Evidence): string {
  return (e.facts.differs as string[]).join(" and ");
}

function neverExits(e: Evidence): string {
  if (e.facts.trouble) return `Your producer is still running after 30 s, and ${e.facts.trouble}. It may try again for a while. But whoever started it waits for its exit code, and needs one in the end: 1, because orders are missing.`;
  return `Your ${roleOf(e)} has nothing left to do and is still running. Its open connection keeps it alive: close or drain the connection at the end.`;
}
