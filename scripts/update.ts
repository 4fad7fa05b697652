// npm run update: takes a newer workshop and keeps what you typed. Your text is backed up first.
import { updateWorkshop } from "#engine/actions/update.ts";
import { main } from "./lib.ts";

await main("npm run update", async () => {
  const { commits, kept, merged, beside, install } = await updateWorkshop();
  if (commits === 0) return console.log("\n  This is the newest workshop already.\n");
  console.log(`\n  ${commits} ${commits === 1 ? "change" : "changes"} taken.`);
  if (kept.length > 0) console.log(`  As you left them: ${kept.join(", ")}`);
  if (merged.length > 0) console.log(`  Yours, with the newer starter merged in: ${merged.join(", ")}`);
  if (beside.length > 0) console.log(`  Both had changed the same lines; yours stand, the newer starter lies beside: ${beside.join(", ")}`);
  console.log(`\n  What you had before is one npm run undo away.\n  Next: ${install ? "npm ci && npm start" : "npm start"}\n`);
});
