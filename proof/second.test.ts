import { describe, expect, it } from "vitest";
import type { Result } from "./judge.ts";
import type { Row } from "./rows.ts";
import { secondLook, unsteadyAllowed } from "./second.ts";

const row = (name: string) => ({ name }) as Row;
const result = (name: string, outcome: Result["outcome"], seconds = 1): Result => ({ row: row(name), outcome, seconds, saw: outcome === "right" ? "passed" : "lost-one" });

describe("the second look", () => {
  it("looks again at what was wrong only, one at a time, and keeps the order", async () => {
    const looked: string[] = [];
    let inHand = 0;
    const results = await secondLook([result("a", "right"), result("b", "wrong"), result("c", "wrong")], ({ outcome }) => outcome === "wrong", async (first) => {
      expect(++inHand).toBe(1);
      await Promise.resolve();
      inHand--;
      looked.push(first.row.name);
      return result(first.row.name, first.row.name === "b" ? "right" : "wrong");
    });
    expect(looked).toEqual(["b", "c"]);
    expect(results.map(({ outcome }) => outcome)).toEqual(["right", "unsteady", "wrong"]);
  });

  it("keeps both sights of an unsteady row", async () => {
    const [seen] = await secondLook([result("b", "wrong")], () => true, async () => result("b", "right"));
    expect(seen?.saw).toBe("passed, alone; in company lost-one");
  });

  it("takes the time of the second look for a row that was right but late", async () => {
    const [seen] = await secondLook([result("b", "right", 30)], () => true, async () => result("b", "right", 3));
    expect(seen).toMatchObject({ outcome: "right", seconds: 3 });
  });

  it("allows a few in a hundred, and never none", () => {
    expect([unsteadyAllowed(10), unsteadyAllowed(450)]).toEqual([2, 9]);
  });
});
