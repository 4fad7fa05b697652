// Records the stories of the eight pictures from real runs of the solutions, into engine/pictures/samples/. A maintainer's
// step, after a change of what events or pictures say: node --import tsx scripts/record-pictures.ts [picture …]
import { join } from "node:path";
import { runLesson } from "#engine/check/runner.ts";
import { repositoryRoot } from "#engine/files/root.ts";
import { writeSafely } from "#engine/files/write.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { findLesson } from "#engine/lessons/catalogue.ts";
import { STANDING, type Facts, type Input } from "#engine/pictures/picture.ts";
import type { FlightEvent } from "#engine/record/events.ts";
import { factsOf } from "../web/live/facts.ts";
import { slim } from "../web/live/feed.ts";
import { main } from "./lib.ts";

/** From which check each story is, how many of its events are told, and of how many that flow one is told. */
const STORIES: Record<string, Story> = {
  hearing: { lesson: "4", check: "three-share", most: 520 },
  stream: { lesson: "8", check: "survives-kill", most: 400 },
  life: { lesson: "8", check: "survives-kill", most: 400 },
  holders: { lesson: "8", check: "survives-kill", most: 400 },
  rewind: { lesson: "9", check: "matches-the-truth", most: 500, every: 40 },
  pressure: { lesson: "10", check: "near-the-limit", most: 600 },
  twice: { lesson: "8", check: "survives-kill", most: 400 },
  kept: { lesson: "10", check: "producer-waits", most: 700, every: 4 },
};

const FLOWING = new Set(["publish", "puback", "deliver", "ack", "call", "answer"]);

interface Story {
  lesson: string;
  check: string;
  most: number;
  every?: number;
}

await main("npx tsx scripts/record-pictures.ts [NAME …]", async () => {
  const asked = process.argv.slice(2);
  for (const [id, told] of Object.entries(STORIES)) {
    if (asked.length > 0 && !asked.includes(id)) continue;
    const { lesson: name, check } = told;
    const lesson = await findLesson(name);
    let story: Input[] = [];
    const verdict = await runLesson(lesson, { from: lesson.solution, only: check, beforeClose: async (lab) => { story = await storyOf(lab, told); } });
    if (story.length > 0) await writeSafely(join(repositoryRoot, "engine/pictures/samples", `${id}.json`), `[\n${story.map((input) => JSON.stringify(input)).join(",\n")}\n]\n`);
    console.log(`  ${id.padEnd(9)} ${verdict.outcome} ${story.length} events of lesson ${name}, ${check}${verdict.error ? `: ${verdict.error.text}` : ""}`);
  }
});

/** What still held when the scene began, then the scene; the server's settings first, its figures last. */
async function storyOf(lab: Lab, { most, every = 1 }: Story): Promise<Input[]> {
  const { event } = lab.scene;
  const before = lab.record.events.slice(0, event).filter(({ kind }) => STANDING.has(kind));
  let flowing = 0;
  const scene = lab.record.events.slice(event).filter(isTold).filter(({ kind, subject }) => !FLOWING.has(kind) || subject?.startsWith("$KV.") || flowing++ % every === 0).slice(0, most);
  const facts = await factsOf(lab.server, scene.at(-1)?.t ?? 0);
  const events: Input[] = [...before.filter(isTold), ...scene].map(slim);
  return facts && facts.streams.length > 0 ? [settings(facts), ...events, facts] : events;
}

/** The client's own errands are no part of a story. */
function isTold({ kind, subject, request }: FlightEvent): boolean {
  return !["ping", "pong", "count"].includes(kind) && !subject?.startsWith("_INBOX") && request === undefined && !(kind === "publish" && subject?.startsWith("$JS."));
}

/** The settings without the figures, which were not yet so at the beginning. */
function settings({ streams }: Facts): Facts {
  const consumers = (all: Facts["streams"][number]["consumers"]) => all.map((one) => ({ ...one, delivered: 0, ackFloor: 0, pending: 0, ackPending: 0, redelivered: 0, waiting: 0 }));
  return { t: 0, kind: "facts", streams: streams.map((stream) => ({ ...stream, messages: 0, first: 1, last: 0, deleted: 0, consumers: consumers(stream.consumers) })) };
}
