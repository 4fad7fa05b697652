import type { Argument, Mistake, Situation } from "./check.situations.ts";

const right = (says: string, see: string): Argument => ({ says, see });
const wrong = (mistake: Mistake, says: string, see: string): Argument => ({ says, see, mistake });

/** Situations that turn on who waits for whom. */
export const WHO_WAITS: Situation[] = [
  {
    id: "card-payment",
    decides: "the bank has an HTTP address and nothing else",
    answers: {
      "http": right("One program asks one other, which is outside, and a customer waits for the answer. That is what HTTP is for.", "lesson 1"),
      "core-nats": wrong("middleman", "The bank does not listen on your NATS. Somebody has to call its address in the end, and the customer waits for both.", "lesson 1"),
      "request-reply": wrong("middleman", "Only a program that is connected to your server can reply to a request, and the bank is not. You would write a service that calls its address.", "lesson 3"),
      "jetstream": wrong("middleman", "The stream would keep the wish to pay, and a worker would call the bank's address later. The customer is at the till now.", "lesson 1"),
      "kv": wrong("middleman", "The bank reads no bucket of yours.", "lesson 9"),
      "kafka": wrong("middleman", "The bank reads no topic of yours. A worker would call its address, later.", "lesson 1"),
      "rabbitmq": wrong("middleman", "The bank takes nothing from your queue. A worker would call its address, later.", "lesson 1"),
      "database": wrong("middleman", "The bank does not look into your tables. A worker would call its address, later.", "lesson 1"),
    },
  },
  {
    id: "price-of-a-cart",
    decides: "the page wants to know at once when none is running",
    answers: {
      "request-reply": right("One of five copies answers, nobody keeps a list of their addresses, and when none is there the server says so at once.", "lesson 3"),
      "http": right("Behind something that knows the five addresses. A refused connection is as quick as \"no responders\".", "lesson 1"),
      "core-nats": wrong("no-answer", "A published message has no answer. With a reply subject it has one, and that is called request-reply.", "lesson 3"),
      "jetstream": wrong("no-answer", "A question on a subject that a stream keeps is answered by the stream, with \"stored\". The price comes some time, or never.", "lesson 7"),
      "kv": wrong("no-answer", "A bucket holds what somebody has put there. Nobody has put in the price of this cart.", "lesson 9"),
      "kafka": wrong("no-answer", "The question is stored in the topic whether anybody reads it or not, so nobody says that nobody is there. Answers need a topic of their own.", "docs/comparison.md, K1"),
      "rabbitmq": wrong("no-answer", "A reply queue is possible. But a queue is there without its readers: the question waits in it, and nobody says that nobody is there.", "docs/comparison.md, R4"),
      "database": wrong("no-answer", "A table does not compute a price. Somebody would have to look in again and again for questions.", "lesson 3"),
    },
  },
  {
    id: "van-positions",
    decides: "nothing is stored, and any number of screens listen",
    answers: {
      "core-nats": right("Sent to whoever listens now, and kept nowhere. A position that is missed is replaced within a second.", "lesson 2"),
      "http": wrong("one-for-many", "Each van would have to know each screen, or each screen ask 200 vans every second.", "lesson 1"),
      "request-reply": wrong("one-for-many", "There one asks and one answers. Here one tells, and any number of screens hear it.", "lesson 3"),
      "jetstream": wrong("keeps-the-worthless", "It does what a stream is for: 17 million positions a day are kept, and nothing may be.", "lesson 7"),
      "kv": wrong("keeps-the-worthless", "It keeps the newest position of each van, and so the place where each driver went home.", "lesson 9"),
      "kafka": wrong("keeps-the-worthless", "A topic keeps what it is sent, whether it has been read or not.", "docs/comparison.md, K1"),
      "rabbitmq": wrong("keeps-the-worthless", "Each screen has a queue, and the queue of a screen that is slow or off keeps what is worthless a second later.", "docs/comparison.md, R1"),
      "database": wrong("keeps-the-worthless", "A table is a place to keep things, and the screens would have to ask it all the time.", "lesson 2"),
    },
  },
];

/** Situations that turn on who keeps what, and for how long. */
export const WHO_KEEPS: Situation[] = [
  {
    id: "packing-orders",
    decides: "orders wait for the night, and come back from a bench that dies",
    answers: {
      "jetstream": right("The stream keeps them, one durable hands them out to all benches, and what is not acked comes back.", "lesson 8"),
      "rabbitmq": right("A quorum queue does exactly this, with a dead-letter exchange and a delivery limit ready-made.", "docs/comparison.md, R5"),
      "kafka": right("Share groups hand out single records with an ack for each, production-ready since 4.2. Look first whether your client has them: in JavaScript it is a preview.", "docs/comparison.md, K3 and K9"),
      "database": right("For some hundred orders a day a table with a status column does, and you run nothing new.", "docs/patterns.md"),
      "http": wrong("forgets", "The benches are off at night. Whoever calls them keeps the orders, in a memory that you would have to build.", "lesson 1"),
      "core-nats": wrong("forgets", "At night nobody listens, and then an order is gone. It is gone as well when a bench dies with it.", "lesson 4"),
      "request-reply": wrong("forgets", "At night there is nobody to reply: whoever asks has to keep the order and ask again.", "lesson 3"),
      "kv": wrong("store-tells-nobody", "A bucket keeps the orders, tells everybody, and hands out nothing. Which bench has which, and what a dead bench had, you would have to write yourself.", "lesson 9"),
    },
  },
  {
    id: "order-and-stock",
    decides: "both or neither, and never below zero",
    answers: {
      "database": right("Two rows in one transaction. If others are to hear of it later, write the event into a third table in the same transaction.", "docs/patterns.md"),
      "http": wrong("no-transaction", "Two calls are two chances to die in between, and there is no call back.", "lesson 12"),
      "core-nats": wrong("no-transaction", "Two messages, either of which may be lost, and nobody who looks at the stock first.", "lesson 2"),
      "request-reply": wrong("no-transaction", "After the first reply the program may die, and nobody takes it back.", "lesson 3"),
      "jetstream": wrong("no-transaction", "JetStream can store several messages together or none of them, but \"never below zero\" is a rule about what was there before. With expected sequence numbers (a publish that succeeds only if nothing came since you looked) you can build it, and then you have built a small database.", "docs/whats-new.md"),
      "kv": wrong("no-transaction", "One key changes safely, with its revision. Two keys together do not.", "lesson 12"),
      "kafka": wrong("no-transaction", "Its transactions join writes to topics. The stock that is checked first is not in them.", "docs/comparison.md, K1"),
      "rabbitmq": wrong("no-transaction", "A confirm says that a message is safe. It says nothing about your rows.", "docs/comparison.md, R2"),
    },
  },
  {
    id: "shop-settings",
    decides: "the current value at the start, then each change, without asking",
    answers: {
      "kv": right("A watch gives each program the current values first, and then every change.", "lesson 9"),
      "jetstream": right("A stream that keeps one message for each subject. A bucket is just that, and its client is written already.", "lesson 9"),
      "kafka": right("A compacted topic keeps the last value of each key. Each program reads it to its end at the start.", "docs/comparison.md, K1"),
      "core-nats": wrong("forgets", "It tells the changes to those who run. A program that starts tomorrow has missed yesterday's.", "lesson 2"),
      "request-reply": wrong("store-tells-nobody", "A program can ask when it starts. Who tells it of the change an hour later?", "lesson 3"),
      "http": wrong("store-tells-nobody", "A program can ask when it starts. Who tells it of the change an hour later?", "lesson 1"),
      "database": wrong("store-tells-nobody", "A table answers when it is asked, so 60 programs ask every second, or hold a connection each for what your database has for that (PostgreSQL: LISTEN and NOTIFY), and read again whenever it was cut.", "lesson 9"),
      "rabbitmq": wrong("taken-and-gone", "Each program's queue gets the changes from then on. What was set before the queue was there, it does not have.", "docs/comparison.md, R1"),
    },
  },
  {
    id: "readers-to-come",
    decides: "a reader who is not known yet wants everything since January",
    answers: {
      "jetstream": right("The stream keeps the events for as long as you say, and a new reader begins where it likes. Nobody else notices.", "lesson 9"),
      "kafka": right("A log for many independent readers is what it was made for.", "docs/comparison.md, K1"),
      "rabbitmq": right("With a stream, which can be read again. A queue would not do: it forgets what was taken.", "docs/comparison.md, R1"),
      "http": wrong("one-for-many", "The shop would call each reader, and it cannot call one that has no name yet.", "lesson 1"),
      "core-nats": wrong("forgets", "It keeps nothing, so in spring January is gone.", "lesson 2"),
      "request-reply": wrong("forgets", "It keeps nothing, and it serves one reader.", "lesson 3"),
      "kv": wrong("forgets", "A key keeps its newest value, or up to 64 of them. That is a state and no history.", "lesson 9"),
      "database": wrong("store-tells-nobody", "A table of events can be read since January. Who tells mail and loyalty of the next one? They would ask all day, in tables that are yours.", "docs/patterns.md"),
    },
  },
];
