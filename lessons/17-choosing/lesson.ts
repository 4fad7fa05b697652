import { defineLesson } from "#engine/lessons/define.ts";
import type { Evidence } from "#engine/lessons/evidence.ts";

export default defineLesson({
  title: "When NATS, when not",
  part: 6,
  minutes: 12,
  pace: "quick",
  budget: 2_000,
  task: "Choose what fits each of twelve situations, and hear what speaks for it and against it.",
  programs: {
    decisions: { kind: "once" },
  },
  starter: { check: "who-waits", diagnosis: "nats-everywhere" },
  checks: [
    {
      id: "all-answered",
      title: "Each of the twelve has an answer",
      at: "#contract",
      hints: [
        "Which names may stand to the right of a colon, and how are they spelt?",
        "The type at the top of decisions.ts lists all eight. An editor completes them between the quotes.",
        "Export an object called `decisions` with the twelve ids of the README, each with one of the eight names in lower case.",
      ],
    },
    {
      id: "who-waits",
      title: "Who waits for whom",
      at: "#who-waits",
      hints: [
        "In which of the three does somebody stand there until the answer comes, and in which does nobody?",
        "Ask of each: is there one who answers or are there many who listen, and are they on your server at all?",
        "The bank is not on your server. The price has one who answers, as in lesson 3. The vans have many who listen, as in lesson 2.",
      ],
    },
    {
      id: "who-keeps",
      title: "Who keeps what",
      at: "#who-keeps",
      hints: [
        "What has to be there still when a reader comes an hour, a night or a season later?",
        "Some keep every message until it is done, some every message for good, some only the newest, some nothing. Which is needed in each?",
        "Orders until they are packed: lesson 8. Everything for a later reader: lesson 9. The newest value of each key: the bucket of lesson 9. Two rows together: no broker has that.",
      ],
    },
    {
      id: "another-house",
      title: "What somebody else has already",
      at: "#another-house",
      hints: [
        "How much of what the situation asks for would you have to write?",
        "One of the two asks for tools that work on a log. The other asks for a protocol by its name. Look in docs/comparison.md for both.",
        "Stream processors and connectors are at home around Kafka. AMQP, priorities and expiry are RabbitMQ.",
      ],
    },
    {
      id: "false-friends",
      title: "Words that sound alike",
      at: "#false-friends",
      hints: [
        "A durable and a consumer group, a subject and a partition, max_ack_pending and prefetch: in what do the two of each pair differ?",
        "Ask of each pair who counts, or who is bound to whom: one worker, all workers together, or a key.",
        "A durable binds no account to a copy, and a consumer group does. A subject costs nothing, and a partition does. max_ack_pending counts for all copies, and prefetch for one.",
      ],
    },
    {
      id: "a-colleague",
      title: "What a colleague says to your twelve (shown)",
      graded: false,
      at: "#what-no-table-tells",
      hints: [
        "Which of your choices has others beside it that are right as well?",
        "Read the fact in each argument. If that fact were different, would you choose differently?",
        "This check cannot fail. Where several are right, what you run already decides.",
      ],
    },
  ],
  diagnoses: [
    {
      id: "nothing-exported",
      checks: ["all-answered"],
      file: "decisions",
      says: "decisions.ts exports no object called decisions. The word export has to stand before the const, and the name is compared letter by letter.",
    },
    {
      id: "unanswered",
      checks: ["all-answered"],
      file: "decisions",
      says: (e) => `"${String(e.facts.open)}" has no answer.${e.facts.unknown ? ` In its place there may be "${String(e.facts.unknown)}", which the README does not have.` : ""}`,
    },
    {
      id: "no-such-choice",
      checks: ["all-answered"],
      file: "decisions",
      says: (e) => `${String(e.facts.odd)} is none of the eight names. They are in lower case, with a dash where there are two words.`,
    },
    {
      id: "nats-everywhere",
      file: "decisions",
      row: 93,
      says: (e) => said(`Every one of your twelve answers is a part of NATS. ${String(e.facts.wrong)} of the twelve are wrong, and in five situations no part of NATS would do.`)(e),
    },
    {
      id: "one-for-everything",
      file: "decisions",
      says: said("One answer for all twelve: nothing fits everywhere."),
    },
    { id: "middleman", file: "decisions", says: said("Something stands between two that have to talk anyway.") },
    { id: "no-answer", file: "decisions", row: 11, says: said("Somebody waits for an answer, or for the news that there will be none.") },
    { id: "one-for-many", file: "decisions", says: said("The sender would have to know those who listen.") },
    { id: "keeps-the-worthless", file: "decisions", says: said("This keeps what nobody needs or may have.") },
    { id: "forgets", file: "decisions", row: 3, says: said("What nobody hears now is gone.") },
    { id: "store-tells-nobody", file: "decisions", says: said("Who asks gets an answer here. Handing out the work, or telling others of what is new, is left to you.") },
    { id: "no-transaction", file: "decisions", says: said("Two things have to happen together, and these are two.") },
    { id: "taken-and-gone", file: "decisions", says: said("A queue is no history.") },
    { id: "builds-what-exists", file: "decisions", says: said("You would write what somebody else has finished.") },
    { id: "hands-to-anyone", file: "decisions", row: 93, says: said("Sharing work is not the same as keeping what belongs together in one hand.") },
    { id: "subject-is-no-partition", file: "decisions", row: 93, says: said("A subject is no partition, and a partition is no subject.") },
    { id: "prefetch-is-per-worker", file: "decisions", row: 93, says: said("Two limits that sound alike count different things.") },
  ],
  questions: [
    {
      ask: "In how many of the twelve is NATS a right answer?",
      options: ["twelve", "seven", "five"],
      answer: "Seven: twice to ask or to tell, and five times to keep. In the other five it is wrong, and in most of the seven something else is right as well.",
    },
  ],
  next: [
    "take a situation of your own work, and find the one fact that decides it",
    "read docs/patterns.md: nine patterns, each with the lesson that showed it and with what breaks it",
  ],
});

/** The mistake in general, then what a colleague says to this choice, and where that stands. */
function said(mistake: string): (e: Evidence) => string {
  return (e) => {
    const argument = e.facts.argument as { says: string; see: string } | undefined;
    return argument ? `${mistake} ${argument.says} (${argument.see})` : mistake;
  };
}
