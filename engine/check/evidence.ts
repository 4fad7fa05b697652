import type { Evidence } from "#engine/lessons/evidence.ts";
import type { Lab } from "#engine/lab/lab.ts";
import type { NotYet } from "#engine/lab/words.ts";

/** Takes the three witnesses' statements, and freezes them. */
export async function gather(lab: Lab, check: string, failed: NotYet): Promise<Evidence> {
  const streams = await lab.streams();
  const record = [...lab.record.events];
  // Copies: a call that is open now is completed later, which a frozen line would refuse.
  const ledger = lab.world.ledger.map((line) => ({ ...line }));
  const evidence: Evidence = {
    check,
    failure: { expected: failed.unmet.expected, seen: failed.unmet.seen, timeline: failed.unmet.timeline ?? [] },
    record,
    scene: record.slice(lab.scene.event),
    ledger,
    sceneLedger: ledger.slice(lab.scene.call),
    programs: lab.handles.map((handle) => handle.evidence()),
    streams,
    facts: { ...lab.facts },
    wire: lab.tap !== undefined,
  };
  return deepFreeze(evidence);
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
  return value;
}
