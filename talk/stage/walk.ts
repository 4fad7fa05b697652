import { openHouse } from "#engine/house/house.ts";
import { findLesson } from "#engine/lessons/catalogue.ts";
import { openPool } from "#engine/programs/pool.ts";
import { Script } from "../session/script.ts";
import { Session } from "../session/session.ts";
import { readTalk } from "../text/talk.ts";
import { judge, type Seen } from "./judge.ts";
import { keepRecording } from "./recording.ts";
import { runAll } from "./restore.ts";
import { Theatre } from "./theatre.ts";

/** One step of a walk. */
export interface Walked {
  id: string;
  title: string;
  /** What it took here, in seconds. */
  took: number;
  budget: number;
  seen: Seen[];
  /** How long the way back to its beginning took, in milliseconds; absent where it was not measured. */
  panicMs?: number;
  error?: string;
}

/** How to walk. */
export interface WalkOptions {
  /** The workshop whose files are written: `WORKSHOP_ROOT` names it. */
  root: string;
  port: number;
  /** Only the steps of these ids. */
  only?: readonly string[];
  /** Times the world and ack waits take, against the stage's. */
  scale?: number;
  /** Measure panic in each step that has commands. */
  panic?: boolean;
  onStep?: (step: Walked) => void;
}

/** How often the server is asked for its figures, which recordings have too. Milliseconds. */
const LOOK_MS = 200;

/** Goes through the talk without an audience: lays each state, runs each command, looks for what is to be seen, keeps a recording. */
export async function walk({ root, port, only, scale = 0.25, panic = false, onStep }: WalkOptions): Promise<Walked[]> {
  const talk = readTalk();
  await using house = await openHouse({ lesson: await findLesson("1"), command: "run talk", port });
  await using pool = await openPool(2);
  await using theatre = new Theatre({ house, pool, scale });
  const session = new Session({ talk, theatre, script: new Script(root), root });
  const walked: Walked[] = [];
  await session.begin();
  for (const step of talk.steps) {
    if (only && !only.includes(step.id)) continue;
    const begun = performance.now();
    const one: Walked = { id: step.id, title: step.title, took: 0, budget: step.seconds, seen: [] };
    try {
      if (session.step.id !== step.id) await session.goTo(step.id);
      if (panic && step.commands.length > 0) one.panicMs = await session.panic();
      session.beginScene();
      const looking = setInterval(() => void session.lookNow().catch(() => {}), LOOK_MS);
      try {
        await runAll(theatre, step.commands);
        one.seen = await judge(theatre, step.sights, session.scene);
      } finally {
        clearInterval(looking);
      }
      if (step.commands.length > 0) await keepRecording(root, step.id, { lines: session.lines, events: session.events, facts: session.facts, from: session.scene.t, stretch: 1 / scale });
      session.done = step.commands.length;
      if (!only && step !== talk.steps.at(-1)) await session.next();
    } catch (error) {
      one.error = (error as Error).message;
    }
    one.took = (performance.now() - begun) / 1000;
    walked.push(one);
    onStep?.(one);
  }
  return walked;
}
