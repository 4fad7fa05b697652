import { defineLesson } from "#engine/lessons/define.ts";
import { diagnoses } from "./check.diagnoses.ts";

export default defineLesson({
  title: "From click to parcel",
  part: 3,
  minutes: 15,
  pace: "waits",
  budget: 8_000,
  task: "Take an order from an HTTP request to a parcel, through three programs that know nothing of each other, with a bounded number of orders in work.",
  programs: {
    "orders-api": { kind: "service", copies: true, port: true },
    payments: { kind: "service", copies: true, hears: ["orders.placed.eu.1001"], env: { CONCURRENCY: "8" } },
    fulfilment: { kind: "service", copies: true, hears: ["orders.paid.eu.1001"], env: { CONCURRENCY: "8" } },
  },
  starter: { check: "all-shipped", diagnosis: "stops-halfway" },
  checks: [
    {
      id: "all-shipped",
      title: "60 clicks become 60 parcels",
      at: "#a-chain-that-nobody-holds",
      onStage: true,
      hints: [
        "An order is paid, and an event says so. Which program hears it, and what does it do then?",
        "Look at `fulfil` in fulfilment.ts: three things are to happen there, and `#world` has a function for two of them. payments.ts shows the third.",
        "Import `reserve` and `ship` from `#world` and `event` from `./order.ts`. Await one call, then the other, both with the order and the trail; then publish what `event` gives for \"shipped\", as payments.ts does.",
      ],
    },
    {
      id: "declined-never-ships",
      title: "A declined card is said, and ships nothing",
      at: "#contract",
      hints: [
        "The provider answers 402. Is that a failure, or an answer?",
        "Compare with `takeMoney` in payments.ts as you found it: 402 leads to one event, and every other error to none.",
        "Catch the error of `charge`. If its `status` is 402, publish `orders.declined` in place of `orders.paid`, and go on with the next order.",
      ],
    },
    {
      id: "order-of-steps",
      title: "Nothing is said before it has happened",
      at: "#a-chain-that-nobody-holds",
      hints: [
        "An event says what has happened. At which moment do you know that it has?",
        "A call of `#world` returns at once, with a promise. Look for a line that goes on without the answer.",
        "Await each call before the next one begins, and publish last: `Promise.all` over two steps is two steps at the same time.",
      ],
    },
    {
      id: "correlation",
      title: "One id leads from the click to the parcel",
      at: "#one-id-all-the-way",
      hints: [
        "The customer's answer has a correlation id. A parcel is late, and she names that id. Where do you look?",
        "Find the first message that does not have it. What follows from that message cannot have it either.",
        "In orders-api.ts make `headers()` from the client's package, `set` the name \"Correlation-Id\" to the id, and give it to `publish` as the option `headers`.",
      ],
    },
    {
      id: "concurrent",
      title: "Payments has several orders in work",
      at: "#how-many-at-once",
      hints: [
        "The provider takes 100 ms for a charge and can do many at once. How many does it have to do while 32 orders wait?",
        "The loop over the orders awaits each payment before it takes the next order. What if it only began the payment, and remembered it?",
        "Keep the promises of the orders in work in a `Set`: add each one, and delete it in its own `finally`. Only when the set has CONCURRENCY members, await `Promise.race` of it.",
      ],
    },
    {
      id: "bounded",
      title: "Never more orders in work than CONCURRENCY",
      at: "#how-many-at-once",
      onStage: true,
      hints: [
        "A thousand orders arrive within a second. How many calls does your program make in that second?",
        "Find the place where the loop, or the callback, takes the next order: what has to be true before it may?",
        "Count the orders in work. When there are as many as the variable CONCURRENCY says, wait until one of them is done before you begin another.",
      ],
    },
    {
      id: "leaves",
      title: "Told to stop, payments finishes what it has begun",
      at: "#contract",
      hints: [
        "Several charges are on their way when SIGTERM comes. What do their customers know, and what does the shop?",
        "Follow the lines after the loop over the orders: is every order that was begun finished when the connection goes?",
        "Await `Promise.all` of the promises of the orders in work after the loop, then `nc.drain()`.",
      ],
    },
    {
      id: "one-bad-order",
      title: "One bad order does not stop the others",
      at: "#contract",
      hints: [
        "What becomes of a loop when one turn of it throws?",
        "Two things can throw for one order: reading it, and calling the outside world. Follow both errors from there.",
        "Catch the error of each order where its work is begun, print it, and go on. An order that failed gets no event: nobody knows how it stands.",
      ],
    },
    {
      id: "two-of-each",
      title: "Two copies of each program, and every effect once",
      at: "#how-many-at-once",
      onStage: true,
      hints: [
        "Two copies of payments run. To how many of them does the server send an order?",
        "Lesson 4 had the same with a packing worker. Compare how payments.ts and fulfilment.ts subscribe.",
        "Give `nc.subscribe` in payments.ts the option `queue`, with the name that the contract says.",
      ],
    },
    {
      id: "crash-loses-orders",
      title: "What a crash costs (shown)",
      graded: false,
      at: "#what-core-nats-does-not-do",
      hints: [
        "payments is killed between a charge and its event. Who knows that the customer has paid?",
        "This check cannot fail. Look at its two numbers: which of the two is worse?",
        "The customers who have paid: nobody will ever ship their orders. Part 4 keeps the event until somebody is done with it.",
      ],
    },
  ],
  diagnoses,
  questions: [
    {
      ask: "32 orders wait, a charge takes 100 ms, and the finished payments may have 8 in work. After how many milliseconds is the last one charged?",
      options: ["100", "400", "3,200"],
      answer: "400: eight are charged in the time of one, so 32 take the time of four. One after the other they take 3,200.",
    },
    {
      ask: "32 orders come in while the provider answers nobody at all. How many calls has the finished payments open?",
      options: ["1", "8", "32"],
      answer: "Eight, and never more: CONCURRENCY says what the provider can bear, and the other orders wait in your program. As you found it, it has one: it waits for each charge.",
    },
  ],
  next: [
    "watch a whole shop at work: npm run shop -- --copies 3, and stop it with Ctrl-C",
  ],
});
