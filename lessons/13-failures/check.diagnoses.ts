import type { DiagnosisDef } from "#engine/lessons/define.ts";
import type { Evidence } from "#engine/lessons/evidence.ts";

const ENDINGS = ["permanent-parks", "bounded", "crash-loop"];
const RETRYING = ["transient-recovers", "outage", "backs-off"];

/** The mistakes that this lesson knows by name, in the order in which they are asked; `check.mistakes.ts` knows how to tell them. */
export const diagnoses: DiagnosisDef[] = [
  {
    id: "poison-kills-the-worker",
    checks: [...RETRYING, ...ENDINGS, "dead-letter-first"],
    file: "worker",
    says: "One message ended your worker: an error left the loop. It takes the messages behind it along, and comes back in the next life. Whatever one message does, catch it inside the loop.",
  },
  {
    id: "delay-in-nanoseconds",
    checks: RETRYING,
    file: "worker",
    hints: ["For how long does your worker ask the server to wait? The verdict's timeline shows the nak.", "`nak` takes milliseconds, as `RETRY_MS` is. Only settings of streams and consumers are nanoseconds."],
    says: (e) => `Your worker gives an order back with a delay of ${Math.round(longestDelay(e) / 60_000)} minutes, so nobody sees it again today. \`nak\` takes milliseconds; nanoseconds are for the settings of streams and consumers.`,
  },
  {
    id: "dead-letter-loop",
    checks: [...ENDINGS, "dead-letter-first"],
    file: "worker",
    row: 82,
    says: "Your worker publishes what it gives up on a subject that begins with \"orders.\". That subject feeds the queue the message came from: it is delivered again, fails again, and is published again. A dead letter belongs on `dead.` and the subject.",
  },
  {
    id: "holds-without-a-word",
    checks: ["backs-off"],
    file: "worker",
    hints: ["Your worker waits before it gives an order back. What does the server think of it meanwhile?", "Say `message.working()` more often than the ack wait while you wait; or do not wait at all, and let the server: `message.nak(ms)`."],
    says: "Your worker waits between two tries with the order in hand, and says nothing. When the ack wait was over, the server gave the order to another copy, which tried at once. Whoever waits inside the worker says `message.working()` meanwhile; a `nak` with a delay has the server wait.",
  },
  {
    id: "nak-ignores-backoff",
    checks: ["outage", "backs-off"],
    file: "worker",
    row: 77,
    says: "Your consumer has a `backoff`, and your worker says `nak`. The backoff is for messages that nobody says anything about: after a plain `nak` the server delivers again at once. Give the delay to `nak`, or say nothing and let the backoff run.",
  },
  {
    id: "instant-nak",
    checks: ["outage", "backs-off"],
    file: "worker",
    row: 84,
    says: "Your worker gives a failed order back with a plain `nak`, and the server delivers it again at once. All its tries are used up within milliseconds, while the provider is still away. `nak` takes a delay.",
  },
  {
    id: "parks-the-transient",
    checks: RETRYING,
    file: "worker",
    row: 85,
    says: (e) => `Your worker gave up ${String(e.facts.extra).slice("dead.".length)}, although the provider had only ${e.facts.cut === true ? "given no answer" : "said 503: not now"}. It has tries left, and the next one would have succeeded.`,
  },
  {
    id: "waits-too-little",
    checks: ["backs-off"],
    file: "worker",
    says: "The time between two tries does not double. A provider that is overloaded needs to be asked less and less often, and an outage lasts longer than a fixed delay times a handful of tries.",
  },
  {
    id: "retries-the-hopeless",
    checks: ["permanent-parks"],
    file: "worker",
    row: 85,
    says: "Your worker tries again what cannot succeed: a body that is no JSON, or a charge that the provider refuses with 400. No second try changes that, and the messages behind it wait.",
  },
  {
    id: "retries-forever",
    checks: ["bounded", "crash-loop"],
    file: "worker",
    row: 74,
    says: "An order was tried more often than MAX_DELIVER allows. Without `max_deliver` the server delivers without end, and one bad order keeps the workers busy for ever.",
  },
  {
    id: "no-pull-no-advisory",
    checks: ["crash-loop"],
    file: "worker",
    row: 79,
    says: "The order waits for another try, or for the advisory that it had its last one, and neither comes: no pull request of your worker is waiting. An order that comes back is not among the `num_pending` of a consumer, and the server gives it out, or gives it up, only when somebody asks. (The second observed on nats-server 2.14.0.)",
  },
  {
    id: "hears-no-advisory",
    checks: ["crash-loop"],
    file: "dead-letters",
    row: 75,
    says: "The order has used up its deliveries and the server said so, once, in an advisory. Your dead-letters program does not hear that subject, so the order stays in WORK, where nobody is given it any more.",
  },
  {
    id: "counts-in-memory",
    checks: ["bounded"],
    file: "worker",
    hints: ["Two copies took turns with one order. Which of them has seen all of its tries?", "The server counts for all copies, and across restarts: `message.info.deliveryCount`."],
    says: "With one worker an order was parked after its last try. With two copies nobody parked it: each of them counted only the tries it had made itself, so none saw the last one, and the server delivers it no more. The count that all copies share comes with the message.",
  },
  {
    id: "forgets-the-exhausted",
    checks: ENDINGS,
    file: "worker",
    row: 76,
    says: "An order has had all its tries and lies in WORK: the server delivers it to nobody any more, and removes nothing. It has no dead-letter queue of its own. Whoever makes the last try has to park the order.",
  },
  {
    id: "loses-the-payload",
    checks: [...ENDINGS, "dead-letter-first"],
    file: (e: Evidence) => (e.check === "crash-loop" ? "dead-letters" : "worker"),
    row: 80,
    says: "The dead letter is not what died: its payload or a header of the message is missing or changed. Somebody will have to find out what was wrong with it. Pass the bytes on as they came, and the headers with them.",
  },
  {
    id: "says-too-little",
    checks: ENDINGS,
    file: (e: Evidence) => (e.check === "crash-loop" ? "dead-letters" : "worker"),
    says: "The dead letter does not say, or says wrongly, why it was given up, after how many tries, or where it came from. `deadHeaders` in letter.ts writes all three, from the values that it is handed.",
  },
  {
    id: "term-before-parked",
    checks: ["dead-letter-first"],
    file: "worker",
    row: 83,
    says: "Your worker took the order out of WORK before its dead letter was stored. Here it was not stored, and the order is in no stream at all. First the PubAck of DEAD, then the ack.",
  },
  {
    id: "keeps-the-dead",
    checks: [...ENDINGS, "dead-letter-first"],
    file: (e: Evidence) => (e.check === "crash-loop" ? "dead-letters" : "worker"),
    row: 76,
    says: "The letter is in DEAD, and the order is still in WORK. If it comes back it is parked a second time; if not it fills the queue up. Once the letter is stored, the original has to go: by an ack, or by deleting it where no ack is possible.",
  },
  {
    id: "drops-the-order",
    checks: [...RETRYING, ...ENDINGS],
    file: "worker",
    says: "An order was taken out of WORK, its card is not charged, and it is not in DEAD: nobody knows of it any more. An ack and a `term` both remove a message. They belong after the charge, or after the dead letter.",
  },
  {
    id: "redrive-swallowed",
    checks: ["redrive"],
    file: "redrive",
    row: 68,
    says: "A letter was put back under the event's own id. The server still knew that id, answered with a PubAck that says \"duplicate\", and stored nothing. Then the letter was removed, and the order is nowhere. A copy that is to count needs another id, or none.",
  },
  {
    id: "removes-before-stored",
    checks: ["redrive"],
    file: "redrive",
    says: "WORK was full and took nothing, and letters are gone from DEAD all the same. A letter may be removed only after the PubAck of its copy.",
  },
  {
    id: "claims-success",
    checks: ["redrive"],
    file: "redrive",
    says: "WORK took none of the letters, they are all still in DEAD, and your redrive ended with code 0. Whoever runs it believes that everything is back at work.",
  },
  {
    id: "keeps-the-letters",
    checks: ["redrive"],
    file: "redrive",
    says: "Every letter is back in WORK, and DEAD still has them. The next redrive puts all of them back a second time.",
  },
  {
    id: "redrive-loops",
    checks: ["redrive"],
    file: "redrive",
    says: "An order that was put back died again, and your redrive put it back again, and again. What comes into DEAD during the run is not its task: note the last number at the start, and stop there.",
  },
  {
    id: "redrive-never-ends",
    checks: ["redrive"],
    file: "redrive",
    says: "Your redrive has put everything back and is still running: it waits for a next letter, or its connection is open.",
  },
];

/** The longest delay that a nak asked for, in milliseconds. */
function longestDelay(e: Evidence): number {
  return Math.max(0, ...e.scene.map(({ kind, delay }) => (kind === "nak" ? (delay ?? 0) : 0)));
}
