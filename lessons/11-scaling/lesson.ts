import { defineLesson } from "#engine/lessons/define.ts";
import { diagnoses } from "./check.diagnoses.ts";

export default defineLesson({
  title: "More workers, same order",
  part: 5,
  minutes: 15,
  pace: "waits",
  budget: 20_000,
  task: "Let any number of workers share the events, so that the events of one order never overtake each other.",
  needs: { jetstream: true },
  picture: "holders",
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
  diagnoses,
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
