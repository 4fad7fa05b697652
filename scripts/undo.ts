// npm run undo: brings back what the last reset (or other change of the workshop's) replaced.
import pc from "picocolors";
import { undo } from "#engine/files/undo.ts";
import { main } from "./lib.ts";

await main("npm run undo", async () => {
  const undone = await undo();
  if (!undone) return console.log("\n  There is nothing to undo: the workshop has not changed a file of yours.\n");
  console.log(`\n  Back to before "${undone.reason}":\n  ${[...undone.restored.map((file) => `${pc.green("✓")} ${file}`), ...undone.removed.map((file) => `${pc.yellow("-")} ${file} is gone again, as it was`)].join("\n  ")}\n\n  Undo this as well: npm run undo\n`);
});
