import { Refusal } from "#engine/files/refusal.ts";
import type { Host } from "./host.ts";

/** A fault that a learner may cause from the page. */
interface PageFault {
  /** The words on its button. */
  label: string;
  /** Which pictures it belongs to; all where absent. */
  needs?: "stream";
  /** Of one program. */
  perProgram?: true;
  cause: (host: Host, program: string) => string | Promise<string>;
}

/** How long a held wire and a paused server last, in milliseconds. */
const SPELL_MS = 3_000;

/** Every fault of the page, by the name a request uses. Each cause answers with one sentence on what just happened. */
export const FAULTS: Record<string, PageFault> = {
  kill: {
    label: "Kill", perProgram: true,
    cause: (host, program) => {
      if (!host.crash(program)) throw new Refusal(`No program "${program}" runs that was started here.`, "run the programs from the page, or kill yours by its number");
      return `${program} got SIGKILL: it had no moment to say goodbye, its connection is gone, and what it held it will not ack.`;
    },
  },
  cut: {
    label: "Cut its connection", perProgram: true,
    cause: async (host, program) => {
      await host.house.tap.cut({ program }).undo();
      return `The TCP connection of ${program} was reset. The process lives: its client notices, dials again and subscribes again.`;
    },
  },
  "lose-ack": {
    label: "Lose the next ack", needs: "stream",
    cause: (host) => {
      host.house.tap.lose("ack");
      return "The next ack will not reach the server. The work is done, the server does not know: after the ack wait it delivers the message again.";
    },
  },
  "lose-puback": {
    label: "Lose the next PubAck", needs: "stream",
    cause: (host) => {
      host.house.tap.lose("puback");
      return "The next PubAck will not reach its publisher. The message is stored, the publisher does not know: whether it may send it again is its problem.";
    },
  },
  hold: {
    label: "Hold the wire for 3 s",
    cause: (host) => {
      const fault = host.house.tap.hold("all");
      setTimeout(() => void fault.undo(), SPELL_MS).unref();
      return "For three seconds nothing passes in either direction. Then everything that was said meanwhile arrives in order: nothing is lost, only late.";
    },
  },
  slow: {
    label: "Slow the wire for 10 s",
    cause: (host) => {
      const fault = host.house.tap.slow({ ms: 200 });
      setTimeout(() => void fault.undo(), 10_000).unref();
      return "For ten seconds every byte takes 200 ms longer each way. What waits for an answer before it goes on gets slow; what does not wait stays as fast.";
    },
  },
  pause: {
    label: "Pause the server for 3 s",
    cause: (host) => {
      const { server } = host.house;
      server.pause();
      setTimeout(() => server.resume(), SPELL_MS).unref();
      return "nats-server is stopped for three seconds. Connections stay open and silent: a client cannot tell that from a slow network.";
    },
  },
};

/** Causes a fault and answers what just happened, in one sentence. Throws a `Refusal` where it cannot. */
export async function cause(host: Host, name: string, program = ""): Promise<string> {
  const fault = Object.hasOwn(FAULTS, name) ? FAULTS[name] : undefined;
  if (!fault) throw new Refusal("There is no such fault.", "reload the page");
  if (fault.perProgram && program === "") throw new Refusal("This fault needs a program.", "choose one in the picture");
  return fault.cause(host, program);
}
