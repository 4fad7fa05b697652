import { expect, test } from "vitest";
import { mergeStep } from "./merge.ts";

const base = ["const nc = await connect({ name: \"worker\" });", "", "const sub = nc.subscribe(\"a\");", "", "for await (const m of sub) {", "  work(m);", "}", "", "await nc.drain();", ""].join("\n");
const step = base.replace("nc.subscribe(\"a\")", "nc.subscribe(\"a\", { queue: \"q\" })");

test("what the audience asked for elsewhere survives a step", () => {
  const mine = `${base.replace("name: \"worker\"", "name: \"ours\"")}console.log("bye");\n`;
  const merged = mergeStep({ mine, base, step });
  expect(merged.replaced).toEqual([]);
  expect(merged.text).toContain("name: \"ours\"");
  expect(merged.text).toContain("{ queue: \"q\" }");
  expect(merged.text.endsWith("console.log(\"bye\");\n")).toBe(true);
});

test("on the same lines the step wins, and the edit is kept", () => {
  const mine = base.replace("nc.subscribe(\"a\")", "nc.subscribe(\"b\")");
  const merged = mergeStep({ mine, base, step });
  expect(merged.text).toBe(step);
  expect(merged.replaced).toEqual(["const sub = nc.subscribe(\"b\");"]);
});

test("an edit that the step makes as well is no conflict", () => {
  expect(mergeStep({ mine: step, base, step })).toEqual({ text: step, replaced: [] });
});
