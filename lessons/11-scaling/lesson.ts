import { defineLesson } from "#engine/lessons/define.ts";

export default defineLesson({
  title: "More workers, same order",
  part: 5,
  minutes: 15,
  pace: "waits",
  budget: 20_000,
  task: "Let any number of workers share the events, so that the events of one order never overtake each other.",
  needs: { jetstream: true },
  programs: {
    setup: { kind: "once", env: { PARTITIONS: "8" } },
    worker: { kind: "service", copies: true, pulls: { stream: "ORDERS" } },
  },
  starter: { check: "order-per-key", diagnosis: "keys-move" },
  begins: async ({ world }) => {
    // A bench for each copy that the workshop starts, and time for a person to read along.
    world.queue(1, { service: "track", perCaller: true });
    world.delay(500, { service: "track" });
  },
  checks: [
    {
      id: "setup-again",
      title: "Setup can run again, and all that is there stays",
      at: "#parts",
      hints: [
        "What does the second run find, and what does it ask for?",
        "Asking for a stream or a consumer with the very settings it has is no error.",
        "Make the stream and the consumers with `add`, each time with the same settings, and delete nothing.",
      ],
    },
    {
      id: "order-per-key",
      title: "The events of one order reach the tracker one by one, in order",
      at: "#parts",
      hints: [
        "Four workers, and two events of the same order. What keeps the second from being told first?",
        "Events that must stay in order belong in the same part, and of a part only one may be out: see \"Parts\" and \"One at a time\".",
        "Three things: `partition` over wildcard 3, one consumer for each part with `max_ack_pending: 1`, and the ack after the call.",
      ],
    },
    {
      id: "no-hoarding",
      title: "Every copy gets its share",
      at: "#no-copy-is-special",
      hints: [
        "The first copy starts while nobody else is there. What does it take, and does it ever let go?",
        "A copy that keeps parts for itself leaves nothing for the others.",
        "Pull from all consumers in every copy, and bound what is out with `max_ack_pending: 1` on each.",
      ],
    },
    {
      id: "speed-up",
      title: "Four copies get at least twice as much done as one",
      at: "#one-at-a-time",
      hints: [
        "How many events can be out at the same time, in all?",
        "One consumer with `max_ack_pending` 1 has one event out, whoever works. How many consumers do you have?",
        "One consumer for each of the eight parts, and every copy pulls from all eight.",
      ],
    },
    {
      id: "add-a-worker",
      title: "A copy that joins later helps at once",
      at: "#no-copy-is-special",
      hints: [
        "How does the new copy learn what it may take?",
        "Nobody hands parts out here. The server gives each event to whoever asks.",
        "Every copy asks every consumer, from its start to its end. Nobody claims one.",
      ],
    },
    {
      id: "lose-a-worker",
      title: "A copy is killed in mid-call, and all is told in order",
      at: "#when-a-copy-dies",
      hints: [
        "What does the server know of an event whose worker has died?",
        "It waits for the ack. Look at when the ack is sent, and at how often an event may be delivered.",
        "Ack after the call, and leave `max_deliver` alone: after the ack wait another copy gets the event.",
      ],
    },
    {
      id: "uneven-parts",
      title: "How evenly do 40 orders fall into 8 parts?",
      graded: false,
      at: "#parts",
      hints: [
        "40 orders and 8 parts: are there five in each?",
        "The part is a hash of the order's id. Think of dice.",
        "Some parts get two or three, some eight or nine: the busiest part sets the pace of the whole.",
      ],
    },
  ],
  diagnoses: [
    {
      id: "setup-fails-second-time",
      checks: ["setup-again"],
      file: "setup",
      says: "The second run of setup failed: it asked for something that is there with other settings, or for something that may be there once only. Programs that set up are run at every start, so the second run has to be as good as the first.",
    },
    {
      id: "setup-fails",
      file: "setup",
      says: "Your setup did not end with exit code 0, so there is nothing to work with. Its last lines, below, say why.",
    },
    {
      id: "recreates-the-stream",
      checks: ["setup-again"],
      file: "setup",
      says: "The events are gone: your setup removed the stream and made it anew. Ask for what is to be there, and delete nothing.",
    },
    {
      id: "durable-per-worker",
      file: "worker",
      row: 60,
      says: "Each copy has a consumer of its own, and a consumer is a place in the stream of its own: every copy gets every event. Workers that share the work share the consumers that setup has made.",
    },
    {
      id: "overlapping-filters",
      checks: ["order-per-key"],
      file: "setup",
      says: "Several of your consumers have the same events: each of them hands out its own copy. Give each consumer the events of one part and no others.",
    },
    {
      id: "filters-match-nothing",
      file: "setup",
      says: "The events are in the stream, and no consumer has any of them. Look at the subjects under which they are stored, after the transform: a filter has to match those.",
    },
    {
      id: "global-order",
      checks: ["speed-up"],
      file: "setup",
      row: 62,
      says: "One consumer with `max_ack_pending` 1 has one event out at a time, whatever the number of copies: all events are in order, and three of four copies wait. Only the events of one order have to be. Divide the stream, and have a consumer for each part.",
    },
    {
      id: "keys-move",
      checks: ["order-per-key"],
      file: "setup",
      row: 63,
      says: (e) => `One order's events are in different parts (${String(e.facts.moved)}), and parts do not wait for each other. The part has to be found from what the events of an order have in common: its id.`,
    },
    {
      id: "acks-early",
      file: "worker",
      row: 38,
      says: "Your worker acks an event before it has told the tracker. To the server it is done then: the next event of the same order goes out, and another copy may be quicker. And if the worker dies now, the event is lost.",
    },
    {
      id: "several-out",
      checks: ["order-per-key"],
      file: "setup",
      row: 62,
      says: "The parts are right, and of one part several events are out at the same time, with different copies. With `max_ack_pending: 1` the next one waits until the one before is acked.",
    },
    {
      id: "no-key-affinity",
      checks: ["order-per-key", "add-a-worker", "lose-a-worker"],
      file: "setup",
      row: 60,
      says: "A consumer hands each event to whoever asks next. It does not look at whose order it is, so two copies have two events of one order at the same time.",
    },
    {
      id: "skips-the-failed",
      checks: ["order-per-key"],
      file: "worker",
      says: (e) => `The tracker said 503 to ${String(e.facts.failing)}, and your worker went on as if it had been told. Not now means later: the same event again, before the next one of that order.`,
    },
    {
      id: "stops-at-failure",
      checks: ["order-per-key"],
      file: "worker",
      row: 43,
      says: "After the 503 your worker did no more: the error ended a loop or the whole program. Catch it for the one event it belongs to.",
    },
    {
      id: "delivers-once",
      checks: ["lose-a-worker"],
      file: "setup",
      says: "Your consumers have `max_deliver` 1: an event whose worker has died is never delivered again. It blocks nothing and helps nobody, it is simply missing.",
    },
    {
      id: "lost-with-the-worker",
      checks: ["lose-a-worker"],
      file: "worker",
      says: (e) => `${String(e.facts.killed)} was killed, and what it had in hand was never told. The other copies have to ask for those events as well, and the server must not take them for done.`,
    },
    {
      id: "nobody-asks",
      checks: ["add-a-worker", "order-per-key"],
      file: "worker",
      says: "There are consumers that no copy asks. A copy that serves some parts only needs somebody who serves the others, and nobody knows how many copies there are.",
    },
    {
      id: "hoards",
      checks: ["no-hoarding", "add-a-worker", "speed-up"],
      file: "worker",
      row: 61,
      says: "Some copies have all the work and others have none. Whoever came first has parts, or a heap of events, to itself. Every copy asks every consumer, and takes what it is given.",
    },
  ],
  questions: [
    {
      ask: "Four copies share one durable consumer. An order is placed, paid, packed and shipped. In which order does the tracker hear of it?",
      options: ["as it was stored", "in any order", "as it was stored, as long as nothing fails"],
      answer: "In any order. A stream has an order, and a consumer hands its messages out in that order, to whoever asks. What the four do with them takes different times.",
    },
    {
      ask: "You set max_ack_pending to 1 on the one consumer. How much faster are four copies than one?",
      options: ["four times", "twice", "not at all"],
      answer: "Not at all: one event is out at a time, and three copies wait. The order of the whole stream costs all its parallelism. Order for each key costs very little.",
    },
  ],
  next: [
    "make it 16 parts with events still waiting, and think of an order that has events in both: why does the number of parts stay as it is in production?",
    "kill -9 a copy and watch its parts stand still for one ack wait",
  ],
});
