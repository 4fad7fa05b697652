// Records the stories of the eight pictures from real runs of the solutions, into engine/pictures/samples/. A maintainer's
// step, after a change of what events or pictures say: node --import tsx scripts/record-pictures.ts [picture …]
import { join } from "node:path";
import { runLesson } from "#engine/check/runner.ts";
import { repositoryRoot } from "#engine/files/root.ts";
import { writeSafely } from "#engine/files/write.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { findLesson } from "#engine/lessons/catalogue.ts";
import { STANDING, type Facts, type Input } from "#engine/pictures/picture.ts";
import { factsOf } from "../web/live/facts.ts";
import { slim } from "../web/live/feed.ts";
import { main } from "./lib.ts";

/** From which check each story is, and how many of its events are told. */
const STORIES: Record<string, { lesson: string; check: string; most: number }> = {
  hearing: { lesson: "4", check: "three-share", most: 90 },
  stream: { lesson: "8", check: "survives-kill", most: 400 },
  life: { lesson: "8", check: "survives-kill", most: 400 },
  holders: { lesson: "8", check: "survives-kill", most: 400 },
  rewind: { lesson: "9", check: "empty-stream", most: 400 },
  pressure: { lesson: "6", check: "concurrent", most: 400 },
  twice: { lesson: "8", check: "survives-kill", most: 400 },
  kept: { lesson: "7", check: "three-ways-to-keep", most: 300 },
};

await main(async () => {
  const asked = process.argv.slice(2);
  for (const [id, { lesson: name, check, most }] of Object.entries(STORIES)) {
    if (asked.length > 0 && !asked.includes(id)) continue;
    const lesson = await findLesson(name);
    let story: Input[] = [];
    const verdict = await runLesson(lesson, { from: lesson.solution, only: check, beforeClose: async (lab) => { story = await storyOf(lab, most); } });
    await writeSafely(join(repositoryRoot, "engine/pictures/samples", `${id}.json`), `[\n${story.map((input) => JSON.stringify(input)).join(",\n")}\n]\n`);
    console.log(`  ${id.padEnd(9)} ${verdict.outcome} ${story.length} events of lesson ${name}, ${check}`);
  }
});

/** What still held when the scene began, then the scene; the server's settings first, its figures last. */
async function storyOf(lab: Lab, most: number): Promise<Input[]> {
  const { event } = lab.scene;
  const told = (input: { kind: string; subject?: string }) => !["ping", "pong", "count"].includes(input.kind) && !input.subject?.startsWith("_INBOX");
  const before = lab.record.events.slice(0, event).filter(({ kind }) => STANDING.has(kind));
  const scene = lab.record.events.slice(event, event + most * 2).filter(told).slice(0, most);
  const facts = await factsOf(lab.server, scene.at(-1)?.t ?? 0);
  const events: Input[] = [...before.filter(told), ...scene].map(slim);
  return facts && facts.streams.length > 0 ? [settings(facts), ...events, facts] : events;
}

/** The settings without the figures, which were not yet so at the beginning. */
function settings({ streams }: Facts): Facts {
  const consumers = (all: Facts["streams"][number]["consumers"]) => all.map((one) => ({ ...one, delivered: 0, ackFloor: 0, pending: 0, ackPending: 0, redelivered: 0, waiting: 0 }));
  return { t: 0, kind: "facts", streams: streams.map((stream) => ({ ...stream, messages: 0, first: 1, last: 0, deleted: 0, consumers: consumers(stream.consumers) })) };
}
