import { defineLesson } from "#engine/lessons/define.ts";
import { diagnoses } from "./check.diagnoses.ts";

export default defineLesson({
  title: "Keep it",
  part: 4,
  minutes: 12,
  pace: "waits",
  budget: 8_000,
  task: "Give the shop's orders a place where they stay, and say that an order is stored only when the server has said so.",
  picture: "stream",
  programs: {
    setup: { kind: "once" },
    producer: { kind: "once" },
  },
  needs: { jetstream: true },
  starter: { check: "idempotent-setup", diagnosis: "setup-fails-second-time" },
  checks: [
    {
      id: "idempotent-setup",
      title: "setup runs again, changes a limit, and loses no order",
      at: "#a-stream",
      hints: [
        "What does your program ask the server for when the stream is there already and only its limit is to change?",
        "The section \"A stream\" has a table of three requests. Two of them keep the messages, and each is right in one situation only.",
        "Ask for the names of the streams first. If ORDERS is among them, call `update` on `jsm.streams` with its name and the settings; if not, `add`.",
      ],
    },
    {
      id: "survives-restart",
      title: "The orders are there after a crash of the server",
      at: "#a-stream",
      hints: [
        "Where are the messages of a stream while the server does not run?",
        "One of the settings in setup.ts says where a stream keeps its messages. Look at its two values in the section \"A stream\".",
        "The storage has to be file. A stream in memory goes with the process, and its settings go too.",
      ],
    },
    {
      id: "acknowledged",
      title: "The producer waits until every order is stored",
      at: "#stored-and-not-only-sent",
      hints: [
        "At which moment may a program say that an order is stored? What must it have received before?",
        "`js.publish` answers with a promise. Find out in \"Stored, and not only sent\" when it resolves, and look at what your program does with it.",
        "Put `await` before the call in the loop. Several at once are as good, if you keep all promises and await every one before the program ends.",
      ],
    },
    {
      id: "reports-failure",
      title: "An order that is not stored shows in the exit code",
      at: "#stored-and-not-only-sent",
      hints: [
        "A script runs your producer and then sends the courier. How does the script learn that an order is missing?",
        "Follow an error from the `catch` to the last line of the program. What is left of it there?",
        "The program counts what is stored. If the count is the number of orders, the exit code is 0, and otherwise 1.",
      ],
    },
    {
      id: "no-mail-lost-now",
      title: "A mailer that starts later reads every order",
      at: "#contract",
      hints: [
        "The mailer of lesson 1 has only the message: no file, no database. What does it need in there, and on which subject does it look?",
        "Compare the subjects and the bodies in the stream with the section \"Contract\", field by field.",
        "The subject is `orders.placed.`, the region, a dot and the order id. The body is the whole event as JSON, with the fields you do not know.",
      ],
    },
    {
      id: "three-ways-to-keep",
      title: "Three ways to keep: what is left (shown)",
      graded: false,
      at: "#before-you-run-it",
      hints: [
        "Which of the three streams cares whether somebody has read a message, and which whether somebody wants to?",
        "This check cannot fail. Compare the three numbers with yours.",
        "limits keeps all until a limit is met, interest keeps what a consumer that exists has still to ack, workqueue keeps what nobody has acked.",
      ],
    },
    {
      id: "request-on-a-kept-subject",
      title: "A request on a subject that a stream keeps (shown)",
      graded: false,
      at: "#what-a-stream-does-not-do",
      hints: [
        "A PubAck is the answer to a publish. How does the server know that a message asks for one?",
        "This check cannot fail. Look at the two replies, and at who has sent which.",
        "Any message with a reply subject that a stream stores gets a PubAck there. So a request gets one too, beside the answer that it wanted.",
      ],
    },
  ],
  diagnoses,
  questions: [
    {
      ask: "Twenty orders go into each of three streams: one keeps by limits, one by interest, one as a workqueue. Somebody reads the first, nobody the second, and one order of the third is acked. How many are left in each?",
      options: ["20, 20 and 20", "20, 0 and 19", "0, 20 and 19"],
      answer: "20, 0 and 19. Reading removes nothing from a limits stream. Interest keeps nothing that nobody has asked for. A workqueue removes what is acked.",
    },
  ],
  next: [
    "fill the stream up: MAX_MSGS=5 npx tsx lessons/07-streams/setup.ts, then run the producer and look at its exit code with echo $?",
  ],
});
