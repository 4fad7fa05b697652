import { defineLesson } from "#engine/lessons/define.ts";
import type { Evidence } from "#engine/lessons/evidence.ts";

export default defineLesson({
  title: "Why one slow service slows them all",
  part: 1,
  minutes: 12,
  pace: "quick",
  budget: 2_000,
  task: "Let the checkout say that an order was placed, and let the mailer write to the customer.",
  programs: {
    checkout: { kind: "service", port: true },
    // No `hears`: the starter's mailer hears nothing, and the check shows what comes of that.
    mailer: { kind: "service" },
  },
  // By hand a mail takes long enough to be felt.
  begins: async ({ world }) => void world.delay(2_000, { service: "mail" }),
  starter: { check: "fast-checkout", diagnosis: "still-waits-for-mail" },
  checks: [
    {
      id: "your-checkout",
      title: "How long a customer waits (measured, not graded)",
      graded: false,
      at: "#before-you-run-it",
      hints: [
        "Three services are asked before the customer has an answer. Which of the three does she need to wait for?",
        "This check cannot fail. It measures one checkout while the mail service takes half a second for a mail.",
        "The first bar is as long as the second as long as the checkout waits for the mail. It is nearly gone once the checkout no longer calls the mail service.",
      ],
    },
    {
      id: "fast-checkout",
      title: "A checkout waits for the card, and not for the mail",
      at: "#say-what-happened",
      hints: [
        "The mail service hangs. Why should somebody who buys a mug notice that?",
        "Look at `placeOrder` in checkout.ts: each `await` in it is something that the customer waits for. The section \"Say what happened\" has a call that waits for nobody.",
        "In place of the mail: `nc.publish` with the subject `orders.placed.`, region, dot, order id (a template string), and the order as JSON text. The charge keeps its `await`.",
      ],
    },
    {
      id: "mailer-down",
      title: "Orders are placed, and announced, while nobody can send mails",
      at: "#say-what-happened",
      hints: [
        "Which programs have to run so that an order can be placed? Does the mailer belong to them?",
        "See \"Contract\" for what checkout may call, and for the subject of its event: four parts, the last one is the order's id.",
        "The checkout calls `charge`, `reserve` and `nc.publish`, in this order, and `sendMail` not at all: not in a `try`, not without `await`.",
      ],
    },
    {
      id: "everyone-gets-mail",
      title: "The mailer writes to every customer, once",
      at: "#hear-what-happened",
      hints: [
        "The checkout says that orders are placed. Who hears it?",
        "The section \"Hear what happened\" shows a program that listens. Your mailer needs the same two statements, with the subject of an order, and a call of `sendMail` in the loop.",
        "Subscribe to the two fixed words and one `*` each for region and order id. In the loop, `message.json()` is the order that checkout has published: its `customer` is the mail's `to`.",
      ],
    },
    {
      id: "no-order-no-event",
      title: "An order that comes to nothing is not announced",
      at: "#contract",
      hints: [
        "An event says what has happened. What has happened when the card was declined?",
        "Look at the order of the steps in `placeOrder`: what can still go wrong after the event is out?",
        "Publish after both `charge` and `reserve` are through. If one of them throws, the line is never reached, and the rest of checkout.ts turns the error into 402 or 502 as it did before.",
      ],
    },
  ],
  diagnoses: [
    {
      id: "still-waits-for-mail",
      checks: ["fast-checkout"],
      file: "checkout",
      says: "Your checkout calls the mail service and waits for its answer before it answers the customer. As long as the mail service hangs, nobody can buy anything, although card and goods are fine.",
    },
    {
      id: "swallows-failure",
      checks: ["mailer-down"],
      file: "checkout",
      says: "Your checkout calls the mail service, waits until that fails, and says 201 all the same. The customer waits for the failure, and her mail is gone: nobody else knows that one is due.",
    },
    {
      id: "mail-from-checkout",
      checks: ["fast-checkout", "mailer-down"],
      file: "checkout",
      says: (e) => `Your checkout still calls the mail service itself.${ended(e)} Without an \`await\` the customer does not wait, but a mail that fails takes the checkout along or is lost without a word. Let it say what happened, and let the mailer do the mails.`,
    },
    {
      id: "asks-the-mailer",
      checks: ["fast-checkout", "mailer-down"],
      file: "checkout",
      says: "Your checkout's message asks for a reply (nc.request does that, and a JetStream publish too), and the customer waits until somebody gives one. An event says what happened and asks for nothing: nc.publish.",
    },
    {
      id: "fails-by-itself",
      checks: ["fast-checkout", "mailer-down"],
      file: "checkout",
      says: (e) => `Card and goods were fine, and then your checkout failed by itself: ${String(e.facts.refused) || "it gave no reason"}. If it is about a payload: what you publish has to be text or bytes, and JSON.stringify makes text of an object.`,
    },
    {
      id: "charges-after-answering",
      checks: ["fast-checkout"],
      file: "checkout",
      says: "Your checkout answered 201 while the card was still being charged. If the card is declined now, the customer has been told that all is well. Only the mail may come later: wait for charge and reserve.",
    },
    {
      id: "announces-too-early",
      checks: ["no-order-no-event"],
      file: "checkout",
      says: "Your checkout says that an order was placed before it knows: card or goods were refused after the event was out. An event cannot be called back, so publish it when everything is done.",
    },
    {
      id: "other-answer",
      checks: ["no-order-no-event"],
      file: "checkout",
      says: (e) => `Your checkout answers ${answered(e).got ?? "nothing"} when ${answered(e).when}; the contract says ${answered(e).wanted}. A customer's browser knows nothing but this number.`,
    },
    {
      id: "no-event-on-the-wire",
      checks: ["mailer-down"],
      file: "checkout",
      says: (e) => `Your checkout answered 201, and no event for that order went out on ${wanted(e)}. ${saidInstead(e)}`,
    },
    {
      id: "wrong-mail",
      checks: ["everyone-gets-mail"],
      file: "mailer",
      says: (e) => `Your mailer hears the orders, but its mails go wrong: it asked for ${mailOf(e)}. The mail service wants { orderId, to }, and \`to\` is the order's \`customer\`.`,
    },
    {
      id: "mailer-stumbles",
      checks: ["everyone-gets-mail"],
      file: "mailer",
      says: (e) => `Your mailer gets the event and calls no mail service for it.${ended(e)} What it got is: ${payloadOf(e)}`,
    },
    {
      id: "mailer-deaf",
      checks: ["everyone-gets-mail"],
      file: "mailer",
      row: 4,
      says: (e) => `The event goes out, and your mailer does not get it: it ${patternsOf(e)}. A subscription hears a subject such as ${unheard(e)} if it has the same parts, or a \`*\` in the place of a part.`,
    },
  ],
  questions: [
    {
      ask: "The mail service takes half a second. You move the mail out of the checkout. What happens to the time until a customer has her mail?",
      options: ["it gets shorter", "it stays about the same", "she gets none"],
      answer: "About the same: the mail takes as long as before. She just no longer waits for it in the checkout. When the mailer is behind, it comes later, and you have to tell her so.",
    },
  ],
  next: [
    "stop the mailer, place an order with curl, and start the mailer again: who writes to that customer? (By hand in the README)",
  ],
});

function answered(e: Evidence) {
  return e.facts.answered as { when: string; wanted: number; got?: number };
}

/** The subject of the first order in this check that has no event of its own. */
function wanted(e: Evidence): string {
  const out = new Set(published(e));
  return (e.facts.wanted as string[] | undefined)?.find((subject) => !out.has(subject)) ?? "orders.placed.eu.1001";
}

/** The subject of the first event that did not reach the mailer. */
function unheard(e: Evidence): string {
  const heard = new Set(e.scene.filter(({ kind, program }) => kind === "deliver" && program?.startsWith("mailer")).map(({ subject }) => subject));
  return published(e).find((subject) => !heard.has(subject)) ?? "orders.placed.eu.1001";
}

function saidInstead(e: Evidence): string {
  const subjects = published(e);
  return subjects.length > 0 ? `It published on ${subjects[0]}.` : "It published nothing about orders: whoever writes the mails cannot know that one is due.";
}

function published(e: Evidence): string[] {
  const events = e.scene.filter((event) => event.kind === "publish" && event.program?.startsWith("checkout"));
  return events.map((event) => event.subject ?? "");
}

/** Who is gone, and what it said. */
function ended(e: Evidence): string {
  const gone = e.programs.find((program) => program.exit);
  if (!gone) return "";
  const error = gone.output.find((line) => /^[\w$.]*Error\b.*: ./.test(line));
  return ` ${gone.name} has ended${error ? ` with ${error}` : `, with exit code ${gone.exit?.code ?? "none"}`}.`;
}

/** The first event that reached the mailer. */
function payloadOf(e: Evidence): string {
  const event = e.scene.find(({ kind, program }) => kind === "deliver" && program?.startsWith("mailer"));
  return event?.payload?.slice(0, 120) || "nothing";
}

function mailOf(e: Evidence): string {
  const call = e.sceneLedger.findLast((line) => line.service === "mail" && line.program.startsWith("mailer"));
  return JSON.stringify(call?.body ?? {}).slice(0, 120);
}

function patternsOf(e: Evidence): string {
  const subs = e.record.filter((event) => event.kind === "subscribe" && event.program?.startsWith("mailer") && !event.subject?.startsWith("_INBOX"));
  const patterns = [...new Set(subs.map((event) => event.subject))];
  return patterns.length > 0 ? `subscribes to ${patterns.join(" and ")}` : "subscribes to nothing";
}
