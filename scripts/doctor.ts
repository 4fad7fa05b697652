// npm run doctor: what this machine has, what is missing, and what to type. Exit 0 when the workshop can run, 2 when not.
import { conclusion, examine, exitCodeOf, findingLines } from "#engine/doctor/doctor.ts";
import type { Finding } from "#engine/doctor/finding.ts";
import { hereAndNow } from "#engine/doctor/surroundings.ts";
import pc from "picocolors";
import { onlyKnown } from "./lib.ts";

// `npm run doctor | head -3` closes the pipe early: nobody reads on, so there is nothing more to say.
process.stdout.on("error", () => process.exit());

onlyKnown("npm run doctor");
const findings: Finding[] = [];
for await (const finding of examine(await hereAndNow())) {
  findings.push(finding);
  console.log(findingLines(finding, pc.isColorSupported));
}
console.log(`\n${conclusion(findings)}`);
process.exitCode = exitCodeOf(findings);
