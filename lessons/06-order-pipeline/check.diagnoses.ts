import type { DiagnosisDef } from "#engine/lessons/define.ts";
import { WHO } from "./check.pipeline.ts";
import { endOf, factsOf, plainSubscription, roleOf, roleOfLost, whereLost, whyStuck } from "./check.words.ts";

/** The mistakes that this lesson knows, in the order in which they are asked for. */
export const diagnoses: DiagnosisDef[] = [
  {
    id: "no-queue-group",
    checks: ["two-of-each"],
    file: (e) => roleOf(plainSubscription(e)),
    row: 14,
    says: (e) => `${plainSubscription(e)} subscribes without a queue group. The server sends a message to every plain subscription, so each copy does the whole work: every customer pays as often as there are copies.`,
  },
  {
    id: "group-name-differs",
    checks: ["two-of-each"],
    file: (e) => factsOf(e).group.role,
    row: 16,
    says: (e) => `Your copies share their work in the queue group "${factsOf(e).group.queue}". The contract says "${factsOf(e).group.role}": whoever starts a copy written by somebody else has two groups, and each of them gets every order.`,
  },
  {
    id: "wrong-event",
    hints: ["The next program gets nothing but your event. What does it need, and where does it look?", "`event` in order.ts makes subject, id, time and headers as the contract has them. Publish what it gives, and pass the whole order to it."],
    file: (e) => WHO[factsOf(e).odd.what],
    says: (e) => `The event "${factsOf(e).odd.what}" does not say what the next program needs: ${factsOf(e).odd.why}. A follow-up event is the whole order again, with a new id and a new time: who hears it has nothing else to go by.`,
  },
  {
    id: "paid-before-charged",
    checks: ["order-of-steps"],
    file: "payments",
    says: "orders.paid was on the wire while the provider had not yet answered. If the card is declined now, the goods are on their way. An event says what has happened: await the charge first.",
  },
  {
    id: "steps-overlap",
    checks: ["order-of-steps"],
    file: (e) => WHO[factsOf(e).early],
    says: (e) => `fulfilment went on to "${factsOf(e).early}" while "${factsOf(e).held}" had not answered. If that fails, a later step has been taken for nothing. Await each step before the next.`,
  },
  {
    id: "ships-declined",
    checks: ["declined-never-ships"],
    file: (e) => WHO[factsOf(e).wrongly],
    says: "The provider answered 402: the card is declined, and nobody has paid. Your program went on as if it had. charge throws a WorldError with that status; the event to publish is orders.declined.",
  },
  {
    id: "decline-unsaid",
    file: "payments",
    says: "The provider answered 402, and payments said nothing. A declined card is an answer like any other: without the event orders.declined nobody can write to the customer.",
  },
  {
    id: "guesses-the-outcome",
    hints: ["The provider said 500. Has the customer paid?", "Nobody knows. Only 402 is a decline; after any other error no event goes out, and the next order is served."],
    checks: ["one-bad-order"],
    file: (e) => WHO[factsOf(e).wrongly],
    says: (e) => `The provider answered 500, and your program said "${factsOf(e).wrongly}". Only 402 says that a card is declined. After any other error nobody knows whether the money was taken, so there is nothing to say: no event, and on to the next order.`,
  },
  {
    id: "one-error-stops-all",
    file: (e) => WHO[factsOf(e).stuck.missing],
    row: 23,
    says: (e) => `One order that fails, and ${endOf(e, WHO[factsOf(e).stuck.missing])}. An error that leaves the loop over a subscription, or a handler, takes all orders behind it along. Catch it for the one order, and go on.`,
  },
  {
    id: "unbounded",
    checks: ["bounded"],
    file: (e) => factsOf(e).role,
    row: 10,
    says: (e) => `${factsOf(e).role} began all ${factsOf(e).peak} orders at once: nothing holds it back. A callback that is async is not waited for, by nobody; and a rush of orders becomes a rush of calls that the outside world has to bear. Count the orders in work, and wait when there are CONCURRENCY of them.`,
  },
  {
    id: "one-too-many",
    hints: ["How many orders are in work at the moment when your program decides to wait?", "Wait as soon as there are as many as CONCURRENCY says, and not only when there are more. An order that is begun is in work before it has got anywhere."],
    checks: ["bounded"],
    file: (e) => factsOf(e).role,
    row: 10,
    says: (e) => `${factsOf(e).role} had ${factsOf(e).peak} orders in work, and CONCURRENCY was ${factsOf(e).most}: that is one too many. It goes on to the next order while there are already as many as may be.`,
  },
  {
    id: "ignores-concurrency",
    hints: ["Who knows how many calls the provider can bear: you, or the one who runs your program?", "Read CONCURRENCY from the environment, as a number, and use 8 only where it is not set."],
    checks: ["bounded"],
    file: (e) => factsOf(e).role,
    says: (e) => `${factsOf(e).role} has a limit, but it is not the one it was given: CONCURRENCY was ${factsOf(e).most}, and it had ${factsOf(e).peak} calls in flight. The variable says how many orders one copy may have in work, all its calls together.`,
  },
  {
    id: "leaves-too-early",
    hints: ["A charge is on its way, and your program is told to stop. Who is going to say that the card was charged?", "The promises in your `Set` are the orders in work: await all of them after the loop, and only then drain the connection."],
    checks: ["leaves"],
    file: "payments",
    says: (e) => `payments was told to stop while it was charging, and left without waiting for ${factsOf(e).charges === 1 ? "that charge" : "those charges"}. The card is charged all the same, and no event says so. When no more orders come, finish those in work, and close the connection after that.`,
  },
  {
    id: "serial",
    checks: ["concurrent"],
    file: "payments",
    row: 10,
    says: "payments never had more than one charge in flight. It waits for each answer before it takes the next order, so 32 orders take 32 times as long as one, though the provider could do many at once.",
  },
  {
    id: "too-few",
    checks: ["concurrent"],
    file: "payments",
    says: (e) => `payments works on several orders at once, but never on more than ${factsOf(e).peak}, and CONCURRENCY was 8. Take the number from the variable: who runs the program knows what the provider can bear.`,
  },
  {
    id: "loses-correlation",
    checks: ["correlation"],
    file: (e) => roleOfLost(e),
    says: (e) => `${whereLost(e)} Who looks for the order by that id finds nothing from there on. It goes onto every event and every call that follows from a message that has it.`,
  },
  {
    id: "stops-halfway",
    hints: ["Which of the three steps is missing: the goods, the parcel, or the word that it is on its way?", "Fulfilment reserves, then ships, then publishes \"shipped\". Await the first two."],
    file: (e) => WHO[factsOf(e).stuck.missing],
    says: (e) => `The chain ends before "${factsOf(e).stuck.missing}", for every order. ${whyStuck(e)}`,
  },
];
