import type { DiagnosisDef } from "#engine/lessons/define.ts";
import type { ConsumerState, Evidence } from "#engine/lessons/evidence.ts";

/** The mistakes that this lesson names, in the order in which they are asked. */
export const diagnoses: DiagnosisDef[] = [
  {
    id: "no-ack-policy",
    checks: ["acks-after-work"],
    file: "worker",
    row: 28,
    says: (e) => (e.facts.has === '"all"'
      ? "Your consumer has the ack policy \"all\": one ack also acks every earlier order, whoever has it. The contract asks for \"explicit\": each order for itself."
      : "Your consumer has the ack policy \"none\", which is what the server takes when `ack_policy` is left out. To it an order is done as soon as it is sent: it waits for no ack, and delivers nothing again."),
  },
  {
    id: "milliseconds-for-nanoseconds",
    hints: ["You wrote a number. In which unit does the server read it?", "Nanoseconds. `nanos(ackWaitMs)` turns milliseconds into them."],
    checks: ["acks-after-work"],
    file: "worker",
    row: 37,
    says: (e) => `Your ack wait is ${e.facts.has}. The server counts durations in nanoseconds, a million to the millisecond, and the types cannot tell one number from another. It takes every order back before a worker has looked at it: \`nanos()\` turns milliseconds into nanoseconds.`,
  },
  {
    id: "deliver-new",
    hints: ["The worker starts at noon. What about the orders of the morning?", "Leave `deliver_policy` out, or set it to \"all\": the consumer then begins with the first order of the stream."],
    checks: ["acks-after-work"],
    file: "worker",
    row: 35,
    says: (e) => `Your consumer has the deliver policy ${e.facts.has}: orders that were stored before it was made are passed over. A worker that starts late wants "all".`,
  },
  {
    id: "ephemeral-consumer",
    checks: ["shares", "keeps-its-place", "survives-kill"],
    file: "worker",
    row: 33,
    says: (e) => `There ${consumers(e).length === 1 ? "is a consumer" : `are ${consumers(e).length} consumers`} without a durable name: each worker has one of its own, so each gets every order, and the server forgets it when its worker has been away for a few seconds. With \`durable_name\` there is one for all workers, and it stays.`,
  },
  {
    id: "new-consumer-each-start",
    checks: ["shares", "keeps-its-place", "survives-kill"],
    file: "worker",
    row: 34,
    says: (e) => `Every start makes another consumer: ${consumers(e).map(({ name }) => name).join(", ")}. Each begins with the first order, and none knows what the others have done. The name has to be the same in every copy and every life.`,
  },
  {
    id: "changed-config-crashes",
    checks: ["keeps-its-place"],
    file: "worker",
    row: 36,
    says: "`payments` exists, with the ack wait of an earlier start. The server refuses to make it again with another one (error 10148), and your worker ends. A consumer outlives the programs that use it: take it as it is, or change it with `jsm.consumers.update`.",
  },
  {
    id: "delivers-once",
    checks: ["survives-kill", "one-charge-fails"],
    file: "worker",
    says: "Your consumer has `max_deliver` 1: an order that got no ack is not delivered again, so a crash loses it after all. It stays in the stream, and nobody is given it.",
  },
  {
    id: "other-settings",
    hints: ["Which settings does the contract name, and which of them did you leave to the server?", "Compare with the second item of \"Contract\": name, filter, ack policy, ack wait. What is left out takes the server's default."],
    checks: ["acks-after-work", "keeps-its-place"],
    file: "worker",
    says: (e) => (e.facts.setting === "durable_name"
      ? `Your consumer is called ${e.facts.has}. The contract names it \`payments\`, because other programs ask for it by that name.`
      : `Your consumer has ${e.facts.setting} ${e.facts.has}, which is not what the contract says. A setting that is left out takes the server's default: an ack wait of 30 s, and no filter at all.`),
  },
  {
    id: "ack-before-work",
    checks: ["acks-after-work"],
    file: "worker",
    row: 38,
    says: "Your worker acks an order before its card is charged. To the server the order is done then: if the worker dies during the charge, nobody gets it again.",
  },
  {
    id: "forgets-ack",
    hints: ["The card is charged. How does the server learn that?", "Call `ack` on the message, right after the awaited charge."],
    checks: ["acks-after-work"],
    file: "worker",
    row: 39,
    says: "Your worker charged the card and never acked the order. The server waits for the ack, takes the order for lost, and has the card charged again, after every ack wait.",
  },
  {
    id: "handler-throws",
    checks: ["one-charge-fails"],
    file: "worker",
    says: "After the charge that failed your worker did nothing more: the error ended the loop, or the whole program. Catch it inside the loop, for the one order it belongs to.",
  },
  {
    id: "acks-the-failed",
    checks: ["one-charge-fails"],
    file: "worker",
    says: (e) => `Your worker told the server that ${e.facts.failed} is done, although its charge had failed. The ack belongs behind a charge that succeeded, and nowhere else: without one the order comes back.`,
  },
  {
    id: "says-working-for-ever",
    hints: ["The charge is over, and it failed. Who tells your interval?", "Clear the interval in a `finally`: it is passed on every way out, a failed charge as well."],
    checks: ["one-charge-fails"],
    file: "worker",
    says: "The charge has failed, and your worker goes on saying `working()` for its order. To the server somebody is still at it, so the order never comes back. Whoever starts an interval ends it, whatever becomes of the charge.",
  },
  {
    id: "acks-with-the-others",
    hints: ["Five cards are charged side by side, and one charge fails. What is true of the other four?", "Ack each order where its own charge has succeeded; `Promise.all` knows only whether all of them did."],
    checks: ["one-charge-fails"],
    file: "worker",
    says: "One charge failed, and orders beside it, whose cards were charged, got no ack either: they come back and are charged again. An ack is for one order. It stands behind the charge of that order, and waits for no other.",
  },
  {
    id: "no-signal-handler",
    hints: ["Who tells your worker that it is asked to stop, and what does Node.js do when nobody listens?", "Set a handler for SIGTERM and SIGINT with `process.once` before you ask for the first order."],
    checks: ["leaves-cleanly"],
    file: "worker",
    says: "SIGTERM ended your worker on the spot, in the middle of a charge. Without a handler for the signal that is what Node.js does: set one with process.once before the first order can come.",
  },
  {
    id: "never-exits",
    hints: ["Nothing is left to charge. What does a Node.js program wait for before it ends by itself?", "An open connection keeps it alive. Drain it after the loop, as the last line."],
    checks: ["leaves-cleanly"],
    file: "worker",
    says: "After SIGTERM your worker is still running with nothing left to do. Something keeps it alive, most likely the open connection: drain it after the loop.",
  },
  {
    id: "ack-then-exit",
    hints: ["`ack()` returns at once. Where is the ack at that moment?", "It is in the client's buffer. Let `drain` write it: after the loop, and before anything ends the process."],
    checks: ["leaves-cleanly"],
    file: "worker",
    row: 41,
    says: "Your worker charged the card, called `ack()`, and was gone before the ack was on the wire. `ack()` only hands it to the client, which writes it a moment later: drain the connection before the program ends, or wait for `ackAck()`.",
  },
  {
    id: "drains-the-connection",
    hints: ["At the moment of the signal a card is being charged. Over what will its ack go?", "In `stop` end the messages only. The connection is drained after the loop has run out."],
    checks: ["leaves-cleanly"],
    file: "worker",
    row: 20,
    says: "At SIGTERM your worker closed its connection while a card was being charged. The charge went through, and its ack had no way out, so the card is charged again. `drain()` does not wait for your loop: it is the last step, after the loop has ended.",
  },
  {
    id: "breaks-out-of-loop",
    hints: ["Your worker has asked for several orders at once. Where are those that it has not begun?", "They are in the client's buffer, and the server thinks that they are in work. Stop the messages and let the loop run to its end, or give them back with `nak`."],
    checks: ["leaves-cleanly"],
    file: "worker",
    row: 42,
    says: "Your worker left with orders in its buffer that it neither charged nor gave back. To the server they are in hand: nobody gets them before their ack wait is over. Stop the messages and let the loop run out, instead of leaving the loop.",
  },
  {
    id: "no-working-signal",
    checks: ["long-work"],
    file: "worker",
    row: 40,
    says: "The charge took longer than the ack wait and the server heard nothing, so it took the worker for dead and delivered the order again. `working()` on the message says that somebody is still at it.",
  },
  {
    id: "working-too-seldom",
    checks: ["long-work"],
    file: "worker",
    row: 40,
    says: "Your worker says `working()`, but not in time. Each one makes the ack wait start anew and no more: it has to come again before that is over, for as long as the charge takes.",
  },
];

function consumers(e: Evidence): readonly ConsumerState[] {
  return e.streams.find(({ name }) => name === "ORDERS")?.consumers ?? [];
}
