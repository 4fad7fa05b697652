import { defineLesson } from "#engine/lessons/define.ts";
import type { Evidence } from "#engine/lessons/evidence.ts";

const TWO_LOOKS = "#two-looks";
const WORKER = "worker";
const WATCH = "watch";

export default defineLesson({
  title: "See it before they call",
  part: 5,
  minutes: 15,
  pace: "waits",
  budget: 22_000,
  task: "Tell a pipeline that is busy from one that stands still, and follow one order through all its programs.",
  needs: { jetstream: true },
  picture: "pressure",
  programs: {
    worker: { kind: "service", pulls: { stream: "WORK", consumer: "payments" } },
    watch: { kind: "service", port: true },
  },
  starter: { check: "stalled", diagnosis: "lag-only" },
  begins: async ({ jsm, world }) => {
    await jsm.streams.add({ name: "WORK", subjects: ["orders.placed.>"], retention: "workqueue", storage: "file", discard: "new" });
    await jsm.streams.add({ name: "DEAD", subjects: ["dead.>"], retention: "limits", storage: "file", allow_direct: true });
    await jsm.consumers.add("WORK", { durable_name: "payments", filter_subject: "orders.placed.>", ack_policy: "explicit" });
    // Slow enough for a person to see the numbers move.
    world.delay(200, { service: "charge" });
  },
  checks: [
    {
      id: "metrics-parse",
      title: "Both programs show metrics that Prometheus can read",
      at: "#what-prometheus-wants",
      hints: [
        "Prometheus asks your program over HTTP, every few seconds. What does it expect to get?",
        "Look at \"What Prometheus wants\": a plain text, and a header that says which version of it.",
        "prom-client does both: send what `register.metrics()` resolves to, and `register.contentType` as the Content-Type.",
      ],
    },
    {
      id: "healthy",
      title: "A pipeline that keeps up, or has nothing to do, is healthy",
      at: TWO_LOOKS,
      hints: [
        "It is night, nobody orders, nothing moves. Is that an illness?",
        "Look at the order of the rules in \"Two looks\", and at what each of them asks for besides standing still.",
        "Something has to be open before standing still means anything: waiting at the server, or in the hands of a worker.",
      ],
    },
    {
      id: "lag",
      title: "Work comes faster than it is done: lagging, and nobody is woken",
      at: TWO_LOOKS,
      hints: [
        "Hundreds of orders wait, and the worker does one after the other. What is wrong, and can anybody mend it at night?",
        "More than 100 that wait is a lag. Look at what `/healthz` says to it in the contract.",
        "Of the four states two are answered with 200: healthy and lagging.",
      ],
    },
    {
      id: "stalled",
      title: "Nothing moves although there is work: stalled",
      at: TWO_LOOKS,
      hints: [
        "A worker takes five orders and hangs. How many orders wait now? And what does a dashboard with that number show?",
        "\"Two looks\" names three numbers that rise while work is done, or that count what is open. One look at one of them is not enough.",
        "Something is open when waiting plus in hand is above 0. It is stalled when neither `delivered` nor `ackFloor` has risen since the look before.",
      ],
    },
    {
      id: "redelivery-loop",
      title: "The same orders again and again: redelivering",
      at: TWO_LOOKS,
      hints: [
        "A worker is busy day and night and gets nothing done. Which number rises, and which does not?",
        "Look at the first of the four rules in \"Two looks\": it has three parts.",
        "`delivered` has risen, `ackFloor` has not, and `redelivered` is above 0. Ask this before you ask whether it is stalled.",
      ],
    },
    {
      id: "durations",
      title: "Every order is in the histogram, those that failed too",
      at: "#how-long-it-takes",
      hints: [
        "Five orders were charged, three refused, and two have to wait for a provider that is down. How many has the worker handled?",
        "Look at where the clock is stopped: which ways lead past that line?",
        "Stop the clock in a `finally`: it runs after the ack, and after the parking as well.",
      ],
    },
    {
      id: "trace-continues",
      title: "Each order has one trace, to its charge or its dead letter",
      at: "#one-order-all-programs",
      hints: [
        "A customer rings up about one order. Which of your numbers finds it in all programs?",
        "Look at where the journey is made: once for the worker, or once for each order? And what does a dead letter take along?",
        "Make the journey from `message.headers` inside `handle`. In `park`, set the headers of its next step on the dead letter.",
      ],
    },
    {
      id: "cheap",
      title: "Watching costs two questions a second at most",
      at: "#what-watching-costs",
      hints: [
        "Who decides how often the server is asked: your program, or whoever opens its page?",
        "Look at \"What watching costs\": each question about a consumer is work for the server, in a cluster for three of them.",
        "Ask on a timer, keep the answer, and let the HTTP handler and the worker use what is there.",
      ],
    },
    {
      id: "server-gone",
      title: "When the server cannot be reached, /healthz says so",
      at: "#the-question-at-night",
      hints: [
        "The server is down. What was the last thing your program knew, and is it still true?",
        "Look at what happens to an error in `look`, and who learns of it.",
        "Keep whether the last look succeeded, and answer 503 when it did not. Give the question a timeout of a second: the client's own is five.",
      ],
    },
  ],
  diagnoses: [
    { id: "not-the-format", checks: ["metrics-parse"], file: (e) => (String(e.failure.expected).includes("watch") ? WATCH : WORKER), says: (e) => `Prometheus reads plain text in its own format, and yours is something else: ${e.facts.refused}. prom-client writes both the text and its Content-Type.` },
    { id: "old-states-stay", file: WATCH, says: (e) => `Your gauge is 1 for ${said(e).join(" and ")} at the same time. A gauge keeps its value until it is set again: when a state begins, the others have to be set to 0.`, hints: ["A gauge keeps what it was set to. Who sets the old state back?", "Set all four at each look: 1 for the one that holds, 0 for the other three."] },
    { id: "stalled-when-idle", checks: ["healthy"], file: WATCH, says: (e) => `Your watch says ${said(e)[0]} of a pipeline that has nothing to do. Nothing moves there because nothing is open: ask for that first.` },
    { id: "lag-before-stall", checks: ["stalled"], file: WATCH, says: "A worker hangs, 150 orders wait, and your watch says lagging: /healthz would answer 200, and nobody comes. Both rules hold there, and the first that holds counts: ask whether anything moves before you ask how many wait.", hints: ["Two of the four rules in \"Two looks\" hold for a queue that is long and stands still. Which of them comes first?", "Put the line for stalled above the line for more than 100 that wait."] },
    { id: "lag-unseen", checks: ["lag"], file: WATCH, says: "Hundreds of orders wait, and your watch calls that healthy. More than 100 waiting is a lag by the contract; what one look shows is enough for it." },
    { id: "forgets-the-unacked", checks: ["stalled"], file: WATCH, row: 86, says: (e) => `No order waits, five are in the hands of a worker that hangs, and your watch says ${said(e)[0]}. An order that was taken and not acked is open work too: \`num_ack_pending\`.` },
    { id: "lag-only", checks: ["stalled", "redelivery-loop"], file: WATCH, row: 86, says: (e) => `Your watch says ${said(e)[0]}, because few orders wait. How many wait says nothing about whether anything is done: this pipeline does nothing at all.` },
    { id: "first-time-is-no-loop", checks: ["healthy"], file: WATCH, says: "Your watch says redelivering while each order goes out for the first time. Deliveries rise and the ack floor does not as long as the first order is being worked on: that is no loop. A loop needs `redelivered` above 0 as well.", hints: ["Rule 1 in \"Two looks\" has three parts. Which of them does your watch ask for?", "Call it redelivering only if `now.redelivered > 0` too."] },
    { id: "compares-with-the-first", checks: ["stalled"], file: WATCH, says: "Your watch says redelivering of a pipeline in which nothing moves any more, and a second watch, started just now, says stalled. So what yours compares with is too old: deliveries have risen since it began, and not since the look before.", hints: ["Which look is `before`: the one of a second ago, or the first of all?", "Keep each look for the next one: `before = now` every time, after the rules were asked."] },
    { id: "redelivered-is-no-loop", checks: ["stalled"], file: WATCH, says: "Your watch says redelivering of a pipeline in which nothing moves. `num_redelivered` counts orders that once came a second time and are still open; it says nothing about now. A loop needs deliveries that rise." },
    { id: "acks-are-movement", checks: ["healthy"], file: WATCH, says: "Your watch says stalled, and the worker finishes one order after the other: no new one is delivered, because none waits, and the ack floor rises. Stalled is where neither of the two moves.", hints: ["Two numbers tell that something is done. Which of them rises when a worker finishes the last orders it holds?", "Call it stalled only if neither `delivered` nor `ackFloor` has risen."] },
    { id: "counts-are-no-movement", checks: ["healthy"], file: WATCH, says: "Your watch says stalled of a worker that takes and finishes orders all the time. Ten are in its hands at each look, and they are not the same ten. What waits and what is in hand are levels; whether anything moves only numbers tell that never fall: `delivered` and `ackFloor`.", hints: ["A worker takes one order and finishes one. Which of the five numbers stay as they are, and which rise?", "Call it stalled only if neither `delivered` nor `ackFloor` has risen. That `pending` and `ackPending` stay the same says nothing."] },
    { id: "loop-taken-for-stall", checks: ["healthy", "redelivery-loop"], file: WATCH, says: "Your watch says stalled, and the worker works all the time: `delivered` rises, only the ack floor does not. Where something moves nothing is stalled: it is a long order, or a loop, which is another illness with another cure." },
    { id: "mixes-up-the-numbers", checks: ["stalled"], file: WATCH, says: (e) => `Your gauges say ${Object.entries((e.facts.values ?? {}) as Record<string, number>).map(([name, value]) => `${name} ${value}`).join(", ")}. What waits (\`num_pending\`), what is in hand (\`num_ack_pending\`) and what of that came more than once (\`num_redelivered\`) are three numbers.`, hints: ["Compare the table in \"Two looks\" with what each gauge is set to.", "`pipeline_pending` is `num_pending` alone: orders that nobody has taken."] },
    { id: "gone-with-the-server", checks: ["server-gone"], file: WATCH, says: "Your watch ended when the server went away. It is the one program that has to be there then: catch the error of a look, and say on /healthz that nothing is known." },
    { id: "healthz-means-alive", checks: ["stalled", "redelivery-loop", "server-gone"], file: WATCH, row: 89, says: (e) => `Your /healthz says 200 while the pipeline is ${e.facts.when}. That your program answers is all it tells. Whoever asks wants to know how the pipeline is.`, hints: ["Who asks /healthz at night, and what does an answer of 200 make them do? The section is \"The question at night\".", "The status depends on the state, and on whether the last look succeeded: 200 for healthy and lagging, 503 for all else."] },
    { id: "wakes-for-a-lag", checks: ["lag"], file: WATCH, says: (e) => `Your /healthz says ${e.facts.healthz} for a pipeline that is late and working. It will catch up, or somebody starts a second worker in the morning: an alarm that comes for nothing is switched off.` },
    { id: "one-parent-for-a-batch", checks: ["trace-continues"], file: WORKER, row: 88, says: (e) => `${e.facts.shared} orders are in one trace. They came in one batch, or to one worker, and have nothing else in common: whoever looks for one of them finds all. Make the journey for each order, from its own headers.` },
    { id: "trace-breaks", checks: ["trace-continues"], file: WORKER, row: 87, says: "The trace of an order ends at your worker: what comes after it has another trace id, or none. Take the journey from the order's headers, and give the headers of its next step to each call and each message." },
    { id: "copies-the-span", checks: ["trace-continues"], file: WORKER, says: "You pass the header on as it came. The trace id is right, and the span id is the shop's: in the picture your worker does not exist. Each step has a span id of its own; `nextStep` makes one.", hints: ["A step has to be seen in the picture of the trace. By what is it told from the step before?", "Give `nextStep(journey)` to the charge and to the dead letter: it keeps the trace id and makes a new span id."] },
    { id: "one-span-for-two", checks: ["trace-continues"], file: WORKER, says: "The charge of a refused order and its dead letter carry the same span id, so in the picture they are one step. They are two: call `nextStep(journey)` once for each.", hints: ["How often is a span id made for an order that is refused, and how many steps does it take?", "Hand the journey to `park`, not the headers of the charge: each step makes its own from it."] },
    { id: "loses-correlation", checks: ["trace-continues"], file: WORKER, says: "The Correlation-Id of an order gets lost at your worker. Lesson 6 sent it along for the people who read logs; it goes wherever the trace goes.", hints: ["Two headers tell the story of an order. Which of them is missing from your call or your dead letter?", "`nextStep(journey)` has both: set all of its headers."] },
    { id: "milliseconds-for-seconds", checks: ["durations"], file: WORKER, says: (e) => `Ten orders took ${e.facts.sum} seconds, if your histogram is right. You observe milliseconds. Prometheus has every duration in seconds, and the name says so; \`startTimer\` counts in them.` },
    { id: "forgets-the-failed", checks: ["durations"], file: WORKER, says: "Your histogram has the orders that were charged and not those that were refused. The failed ones are often the slow ones: a picture without them is too good." },
    { id: "forgets-the-returned", checks: ["durations"], file: WORKER, says: "Your histogram has eight of ten orders. The two that it lacks got 503 from the provider: they come again later, and this time took its time as well. Some way out of your handler leads past the line that stops the clock.", hints: ["An order can be charged, be refused, or be left for later. On which of the three ways does the clock stop?", "Stop it in a `finally`: that runs after a `return` too."] },
    { id: "stops-the-clock-early", checks: ["durations"], file: WORKER, says: (e) => `Ten orders, and ${e.facts.sum} seconds in all: your clock stops before the charge has come back. A promise that nobody awaits takes no time.` },
    { id: "polls-per-message", checks: ["cheap"], file: (e) => String(e.facts.asks ?? WATCH), says: (e) => `Your ${e.facts.asks} sent ${e.facts.questions} questions about the consumer in two seconds. Each order, or each visit to a page, makes the server count. Ask on a timer, and keep the answer.` },
  ],
  questions: [
    {
      ask: "A worker has taken five orders and hangs. No order waits. What does a dashboard show that draws the number of waiting orders?",
      options: ["a straight line at 0", "a line that rises", "nothing"],
      answer: "A straight line at 0, the best it can show. The five orders do not wait any more: they were handed out. What tells the illness is a second number, the orders in hand, and that neither deliveries nor acks rise.",
    },
  ],
  next: [
    "run npm run demo:watch, and make the pipeline ill while you look at its numbers",
  ],
});

function said(e: Evidence): string[] {
  return (e.facts.said as string[] | undefined) ?? [];
}
