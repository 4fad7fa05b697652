import { defineLesson } from "#engine/lessons/define.ts";
import type { Evidence } from "#engine/lessons/evidence.ts";
import type { FlightEvent } from "#engine/record/events.ts";

export default defineLesson({
  title: "Lose a server",
  part: 5,
  minutes: 15,
  pace: "waits",
  budget: 40_000,
  task: "Keep every order on three servers, and have the programs find those that are left when one is gone, or when all are.",
  needs: { jetstream: true, cluster: true },
  picture: "stream",
  programs: {
    setup: { kind: "once" },
    producer: { kind: "once", copies: true, env: { COUNT: "100", PUBLISH_TIMEOUT_MS: "1000", RECONNECT_WAIT_MS: "200" } },
    worker: { kind: "service", copies: true, pulls: { stream: "ORDERS", consumer: "payments" }, env: { ACK_WAIT_MS: "2000", RECONNECT_WAIT_MS: "200" } },
  },
  starter: { check: "leader-killed", diagnosis: "one-replica" },
  checks: [
    {
      id: "leader-killed",
      title: "The server that leads the stream is killed, and nothing is missing",
      at: "#three-copies",
      hints: [
        "A server is killed. Who else has the orders, who else knows their addresses, and who tells a waiting worker?",
        "Read the diagnosis: it names one of four places. \"Three copies\", \"Three addresses\" and \"A request that nobody has\" say what each is for.",
        "The stream has 3 replicas. The addresses are a list: split the text at its commas, or take `options()`. The worker's `consume` gets an `expires` of two seconds.",
      ],
    },
    {
      id: "keeps-working",
      title: "One server stays dead, and who starts now can work",
      at: "#three-addresses",
      hints: [
        "A deployment starts every program anew, setup too, and one of three servers is down. What may setup do to a stream that is there?",
        "Look at what your setup does when ORDERS exists, and at what your programs need from the server that is dead.",
        "An existing stream gets its settings by an update, which leaves the orders in it. Nothing may depend on all three addresses.",
      ],
    },
    {
      id: "long-outage",
      title: "All servers are down for a while, and no program gives up",
      at: "#how-long-to-try",
      hints: [
        "No server answers, for longer than usual. How often should a program try that nobody watches?",
        "The client has a number for how often each address is dialled. Find it in \"How long to try\".",
        "Set `maxReconnectAttempts` to -1 where the programs connect.",
      ],
    },
    {
      id: "rolling-restart",
      title: "Three servers are restarted, one by one (shown)",
      graded: false,
      at: "#what-is-left",
      hints: [
        "Which takes longer to get over: a server that says goodbye, or one that is killed?",
        "This check cannot fail. Compare the time it shows with the one after a kill.",
        "A server that is stopped hands its leadership over first. After a kill the others wait until they miss it, four seconds or so.",
      ],
    },
  ],
  diagnoses: [
    {
      id: "one-replica",
      hints: ["How many of the three servers have the orders? And how many have to agree before one is stored?", "In the settings of `setup.ts` the number of replicas is 3: one copy on each server, and two of three are a majority."],
      file: "setup",
      says: (e) => (e.facts.stream === undefined
        ? "Setup has ended, and there is no stream ORDERS."
        : `Your stream has ${(e.facts.stream as { replicas: number }).replicas === 1 ? "one replica: one server keeps the orders, and when it dies" : "two replicas. Both must have an order before it is stored, so when one of their servers dies"} no order can be stored or read until it is back. With three, two are enough: any one may die.`),
    },
    {
      id: "memory-storage",
      hints: ["Where is a copy that a server keeps when the power goes, on all three?", "Set the storage of the stream to \"file\" in `setup.ts`."],
      file: "setup",
      row: 48,
      says: "Your stream keeps its orders in memory. Three copies in three memories are all gone when the power is. What has to outlive its servers is kept with the storage file.",
    },
    {
      id: "one-address",
      hints: ["Print what `connect` is given as `servers`. Is it one text or a list of three?", "In `connection.ts` spread `options()` of \"#nats\" into what `connect` gets, or split NATS_URL at its commas."],
      file: "connection.ts",
      says: (e) => {
        const { program, url, all } = e.facts.oneAddress as { program: string; url: string; all: string };
        return `NATS_URL was ${all}, and ${program} dialled ${url} only. That server is dead, and two others were up. The client wants a list of addresses: of one text with commas it takes the last address.`;
      },
    },
    {
      id: "starts-the-stream-anew",
      hints: ["The stream is there when setup runs again. What does your setup do to what is in it?", "Never delete it: update the stream where it exists, and add it where it does not."],
      checks: ["keeps-working"],
      file: "setup",
      says: (e) => `Setup ran for a second time, and ${20 - Number(e.facts.kept)} of 20 stored orders are gone: it has deleted or emptied the stream. Three replicas do not help against that; every one of them obeys.`,
    },
    {
      id: "core-publish",
      hints: ["Who tells your producer that an order is stored?", "Publish with `js.publish`, await its PubAck, and send the order again when none comes."],
      file: "producer",
      row: 7,
      says: "Your producer publishes without asking for a PubAck. While it is connected to nobody, or nobody leads the stream, such a message is lost, and no error says so. Ask for the PubAck of each order, and send it again until it comes.",
    },
    {
      id: "gives-up-reconnecting",
      hints: ["How often does the client dial an address by itself, and what does it do after that?", "In `connection.ts` set `maxReconnectAttempts` to -1."],
      checks: ["long-outage"],
      file: "connection.ts",
      row: 8,
      says: (e) => {
        const { program, dials, running } = e.facts.gaveUp as { program: string; dials: number; running: boolean };
        return `${program} dialled its addresses ${dials} times${running ? ", and then stopped: it runs, connected to nobody, for ever" : ", and then ended"}. By itself the client gives up after ten dials of each address. A program that nobody watches has to go on: maxReconnectAttempts is -1 for "as long as it takes".`;
      },
    },
    {
      id: "gives-up-publishing",
      hints: ["For some seconds nobody leads the stream. What has your producer to do with the order in its hand?", "Catch the error, wait a moment, and publish the same order under the same id, until its PubAck comes."],
      file: "producer",
      says: "Your producer took an order without a PubAck for one that cannot be stored. After a server has died there is no leader for some seconds, and every publish fails. That passes: send the order again, under the same id, until its PubAck comes.",
    },
    {
      id: "no-message-id",
      hints: ["The stream gets an order for the second time. By what could it know that?", "Give `js.publish` a `msgID` made from the order, the same one each time: the id of the event."],
      file: "producer",
      row: 23,
      says: (e) => {
        const { messages, different } = e.facts.twice as Twice;
        return `${different} different orders are ${messages} messages in the stream. A PubAck was lost on its way, so your producer sent an order again, which is right. The stream could not know that it had it: each time it came without a message id, or with a new one. The id names the order, and stays the same.`;
      },
    },
    {
      id: "worker-ends",
      hints: ["What was the error, and does it matter in ten seconds?", "Catch it inside the loop, or ask again. Only SIGTERM ends a worker."],
      file: "worker",
      says: (e) => `${e.programs.find(({ role, exit }) => role === "worker" && exit !== undefined && exit.signal !== "SIGKILL")?.name} has ended. A server that dies, and the seconds without a leader, are no reason to: let the client reconnect, and catch what fails meanwhile.`,
    },
    {
      id: "slow-heartbeat",
      hints: ["The worker's request waits at one server. How does the worker learn that this one is dead?", "In `worker.ts` give `consume` an `expires` of two seconds: heartbeats come twice in that time, and two missing ones are noticed."],
      checks: ["leader-killed"],
      file: "worker",
      says: (e) => `Orders are waiting, and ${String(e.facts.deaf)} has not asked for any since ${String(e.facts.killed)} died. Its last request waited there and died with it. A worker notices by missing heartbeats. Yours were due every ${seconds(lastPull(e)?.heartbeat)}${ownHeartbeat(e) ? ", so it noticed early" : ": without an `idle_heartbeat` of your own, that is half of `expires`, which is 30 s if nobody says otherwise"}. ${ownHeartbeat(e) ? "But" : "And"} if its first question fails, because nobody leads yet, it waits a whole \`expires\` (yours: ${seconds(lastPull(e)?.expires)}) before the next. With an \`expires\` of two seconds both are short.`,
    },
    {
      id: "charges-without-key",
      hints: ["The same order comes twice. What makes the second charge harmless?", "Give `charge` the id of the event as its `idempotencyKey`, as in lesson 12."],
      file: "worker",
      says: "A card was charged twice. An ack was lost with the server, so the order came again; that cannot be helped. The provider makes one charge of two with the same key: give it the id of the event.",
    },
  ],
  questions: [
    {
      ask: "The server that leads the stream is killed. How long until the producer has its next PubAck? And how long until a worker with the client's own settings charges the next card?",
      options: ["at once, both", "five seconds, both", "five seconds, and three quarters of a minute"],
      answer: "Five seconds, and three quarters of a minute. The servers need four or five seconds to miss the dead one and elect another. The worker's request died with the server. By the client's own settings a heartbeat is due every 15 seconds, and it looks as often: the first look may find the last one fresh still, and two more have to miss. Three times 15 are 45.",
    },
  ],
  next: [
    "npm run cluster, kill a server by its number while the producer runs, and look how long nothing is stored",
  ],
});

interface Twice {
  messages: number;
  different: number;
}

/** The last request for orders of the worker that asks no more. */
function lastPull(e: Evidence): FlightEvent | undefined {
  return e.scene.findLast((event) => event.kind === "pull" && event.program === e.facts.deaf);
}

/** Whether heartbeats come more often than the client asks for by itself. */
function ownHeartbeat(e: Evidence): boolean {
  const { heartbeat = 0, expires = 0 } = lastPull(e) ?? {};
  return heartbeat > 0 && heartbeat < expires / 2;
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? "never" : `${ms / 1_000} s`;
}
