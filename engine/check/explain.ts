import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import type { CheckDef, DiagnosisDef } from "#engine/lessons/define.ts";
import type { Evidence } from "#engine/lessons/evidence.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { NEVER_RESTS } from "#engine/lab/ready.ts";
import type { NotYet } from "#engine/lab/words.ts";
import { neverSleeps } from "#engine/process/motion.ts";
import { tell } from "#engine/pictures/timeline.ts";
import { commonDiagnosis } from "./common.ts";
import { gather } from "./evidence.ts";
import type { Registered } from "./register.ts";
import type { CheckVerdict, Diagnosis } from "./verdict.ts";

/** What a failed check tells: the required and the found state, where they part, and the mistake, if one is recognised. */
export async function explain(lab: Lab, def: CheckDef, failed: NotYet, registered: Registered): Promise<Partial<CheckVerdict>> {
  // A program that a limit has just stopped is on its way out, and its end explains the rest.
  await Promise.all(lab.handles.filter(({ program }) => program.stopped).map(({ program }) => program.exited));
  const evidence = await gather(lab, def.id, failed);
  const diagnosis = commonDiagnosis(failed, evidence) ?? ownDiagnosis(lab, evidence, registered) ?? (await busyForEver(lab));
  const { lines, turns } = tell(evidence.failure.timeline, failed.unmet.proof);
  return {
    expected: evidence.failure.expected,
    seen: evidence.failure.seen,
    ...(diagnosis ? { diagnosis } : {}),
    ...(lines.length > 0 ? { evidence: lines, turns } : {}),
  };
}

/** Where nothing else explains it: a program that works all the time and gets nowhere. */
async function busyForEver(lab: Lab): Promise<Diagnosis | undefined> {
  for (const { pid, program, name, file } of lab.alive()) {
    if (await neverSleeps(pid, () => program.cpu())) return { id: "hangs", text: `${name} ${NEVER_RESTS}`, ...(file ? { file } : {}) };
  }
  return undefined;
}

function ownDiagnosis(lab: Lab, evidence: Evidence, registered: Registered): Diagnosis | undefined {
  const found = lab.lesson.diagnoses.find((def) => applies(def, evidence) && registered.diagnoses.get(def.id)?.(evidence));
  if (!found) return undefined;
  return {
    id: found.id,
    text: typeof found.says === "string" ? found.says : found.says(evidence),
    file: fileOf(lab, found, evidence),
  };
}

function applies(def: DiagnosisDef, evidence: Evidence): boolean {
  return !def.checks || def.checks.includes(evidence.check);
}

/** The file that program really came from, so that `--from` names the learner's folder and not ours; for a file that programs share, the folder it is taken from. */
function fileOf(lab: Lab, def: DiagnosisDef, evidence: Evidence): string {
  const named = typeof def.file === "string" ? def.file : def.file(evidence);
  const program = evidence.programs.find((one) => one.role === named && one.file);
  if (program?.file) return program.file;
  const name = named.includes(".") ? named : `${named}.ts`;
  const { from } = lab.options;
  return from && existsSync(join(from, name)) ? relative(lab.lesson.root, join(from, name)) : `lessons/${lab.lesson.id}/${name}`;
}
