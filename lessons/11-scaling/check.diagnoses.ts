import type { DiagnosisDef } from "#engine/lessons/define.ts";

/** The mistakes that this lesson knows by name, in the order in which they are asked; `check.mistakes.ts` knows how to tell them. */
export const diagnoses: DiagnosisDef[] = [
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
    id: "recreates-the-consumers",
    checks: ["setup-again"],
    file: "setup",
    says: "Your setup removed the consumers and made them anew, under the same names. A consumer is a place in the stream: a new one begins at the first event, so after the next start of setup the tracker hears of every event once more. Ask for what is to be there with `add`, and delete nothing.",
    hints: [
      "The names are the same as before. What else does a consumer know, besides its settings?",
      "`consumers.add` with the settings that a consumer has is no error and changes nothing. Nothing has to be deleted first.",
    ],
  },
  {
    id: "durable-per-worker",
    file: "worker",
    row: 60,
    says: "Each copy has a consumer of its own, and a consumer is a place in the stream of its own: every copy gets every event. Workers that share the work share the consumers that setup has made.",
    hints: [
      "How many consumers are there after setup, and how many after three copies have started?",
      "The worker makes no consumer. It takes those that setup has made, and all copies take the same.",
    ],
  },
  {
    id: "overlapping-filters",
    checks: ["order-per-key"],
    file: "setup",
    says: "Several of your consumers have the same events: each of them hands out its own copy. Give each consumer the events of one part and no others.",
    hints: [
      "Which events does each of your consumers have?",
      "The number of the part belongs into the filter as well, not only into the name.",
    ],
  },
  {
    id: "filters-match-nothing",
    file: "setup",
    says: "The events are in the stream, and no consumer has any of them. Look at the subjects under which they are stored, after the transform: a filter has to match those.",
    hints: [
      "Under which subject is `orders.paid.us.1001` stored?",
      "The transform has changed it: `work.`, the part, then the rest. The filter of part n is `work.<n>.>`.",
    ],
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
    hints: [
      "Look at the two places that the verdict shows: what are the events of one order to have in common?",
      "The second number in `partition(8,1)` says which star the part is found from. Which star is the order's id?",
    ],
  },
  {
    id: "acks-early",
    file: "worker",
    row: 38,
    says: "Your worker acks an event before it has told the tracker. To the server it is done then: the next event of the same order goes out, and another copy may be quicker. And if the worker dies now, the event is lost.",
    hints: [
      "What does the server do with the next event of a part when you ack this one?",
      "Move the ack behind the awaited `track`, inside the `try`.",
    ],
  },
  {
    id: "several-out",
    checks: ["order-per-key"],
    file: "setup",
    row: 62,
    says: "The parts are right, and of one part several events are out at the same time, with different copies. With `max_ack_pending: 1` the next one waits until the one before is acked.",
    hints: [
      "How many events of one part may be out at the same time, as your consumers are set?",
      "`max_ack_pending: 1` on each of them.",
    ],
  },
  {
    id: "no-key-affinity",
    checks: ["order-per-key", "add-a-worker", "lose-a-worker"],
    file: "setup",
    row: 60,
    says: "A consumer hands each event to whoever asks next. It does not look at whose order it is, so two copies have two events of one order at the same time.",
    hints: [
      "Three copies ask the same consumer. Which event does the second one get?",
      "One consumer cannot keep orders apart. Make one for each part, with a filter for that part.",
    ],
  },
  {
    id: "part-without-consumer",
    file: "setup",
    says: (e) => `${String(e.facts.unheard)} is in the stream, and no consumer's filter matches it: its part is handed out to nobody. The parts are numbered from 0, and there are as many as PARTITIONS says.`,
    hints: [
      "Write down the numbers of the parts, and beside them the filters of your consumers. Which number has no filter?",
      "The loop over the parts begins with 0, ends before `partitions`, and has no number of its own in it.",
    ],
  },
  {
    id: "skips-the-failed",
    checks: ["order-per-key"],
    file: "worker",
    says: (e) => `The tracker said 503 to ${String(e.facts.failing)}, and your worker went on as if it had been told. Not now means later: the same event again, before the next one of that order.`,
    hints: [
      "Where does your program go after the error, and what has the server heard by then?",
      "Ack only behind a call that succeeded; after an error give the event back with `nak`.",
    ],
  },
  {
    id: "stops-at-failure",
    checks: ["order-per-key"],
    file: "worker",
    row: 43,
    says: "After the 503 your worker did no more: the error ended a loop or the whole program. Catch it for the one event it belongs to.",
    hints: [
      "Who catches the error of one call?",
      "A `try` around `track`, for each event, inside the loop.",
    ],
  },
  {
    id: "delivers-once",
    checks: ["lose-a-worker"],
    file: "setup",
    says: "Your consumers have `max_deliver` 1: an event whose worker has died is never delivered again. It blocks nothing and helps nobody, it is simply missing.",
  },
  {
    id: "ack-wait-not-set",
    checks: ["lose-a-worker"],
    file: "setup",
    says: (e) => `${String(e.facts.killed)} was killed, and the server still waits for its ack: a consumer of yours has another ack wait than ACK_WAIT_MS says. Without one in its settings that is 30 seconds.`,
    hints: ["For how long does the server wait for an ack before it gives the event to another copy?", "`ack_wait: nanos(ackWaitMs)` belongs into the settings of each consumer."],
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
    hints: [
      "Eight parts, and each copy takes a few of them. Who takes the rest?",
      "Every copy serves every consumer that `jsm.consumers.list` shows.",
    ],
  },
  {
    id: "one-part-has-all",
    hints: ["30 orders from one region came in, and all of them are in one part. From what is the part found?", "Wildcard 1 is the event, 2 the region, 3 the order's id. Of the last there are many: partition by it."],
    checks: ["no-hoarding", "speed-up"],
    file: "setup",
    says: "All events are in one part of the stream, so one copy works at a time and the others have nothing to do. The part is found from something that these orders have in common, their region. It has to be found from what differs from order to order and is the same for all events of one order: its id.",
  },
  {
    id: "hoards",
    checks: ["no-hoarding", "add-a-worker", "speed-up"],
    file: "worker",
    row: 61,
    says: "Some copies have all the work and others have none. Whoever came first has parts, or a heap of events, to itself. Every copy asks every consumer, and takes what it is given.",
  },
];
