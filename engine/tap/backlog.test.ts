import { describe, expect, it } from "vitest";
import { Backlog, type Reader } from "./backlog.ts";
import { openWire } from "./fixtures/wire.ts";

describe("Backlog", () => {
  it("reads later, in the order in which bytes passed, at the time at which they passed", async () => {
    let t = 0;
    const backlog = new Backlog(() => ++t);
    const read: string[] = [];
    const reader = (name: string): Reader => ({ read: (bytes, at) => void read.push(`${name}${bytes.toString()}@${at}`) });
    backlog.add(reader("a"), Buffer.from("1"));
    backlog.add(reader("b"), Buffer.from("2"));
    backlog.add(reader("a"), Buffer.from("3"));
    expect(read).toEqual([]);
    await turn();
    expect(read).toEqual(["a1@1", "b2@2", "a3@3"]);
  });

  it("reads a large chunk in slices, and lets the sockets in between", async () => {
    const backlog = new Backlog(() => 0);
    const sizes: number[] = [];
    backlog.add({ read: (bytes) => void sizes.push(bytes.length) }, Buffer.alloc(60_000));
    await turn();
    expect(sizes).toHaveLength(1);
    for (let turns = 0; turns < 10; turns++) await turn();
    expect(sizes.length).toBeGreaterThan(2);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(60_000);
  });

  it("reads at once when it is told to, or when too much waits", () => {
    const backlog = new Backlog(() => 0);
    let bytes = 0;
    const reader: Reader = { read: (chunk) => void (bytes += chunk.length) };
    backlog.add(reader, Buffer.alloc(100));
    backlog.flush();
    expect(bytes).toBe(100);
    for (let n = 0; n < 20; n++) backlog.add(reader, Buffer.alloc(60_000));
    expect(bytes).toBeGreaterThan(1_000_000);
  });

  it("told to read by somebody who is being read to, goes on in order", async () => {
    const backlog = new Backlog(() => 0);
    const read: string[] = [];
    const reader: Reader = { read: (bytes) => { backlog.flush(); read.push(bytes.toString()); } };
    backlog.add(reader, Buffer.from("1"));
    backlog.add(reader, Buffer.from("2"));
    backlog.flush();
    expect(read).toEqual(["1", "2"]);
  });
});

describe("the record of a tap", () => {
  it("is in order for whoever adds to it or reads it, and its times rise", async () => {
    await using wire = await openWire();
    const [publisher, subscriber] = await Promise.all([wire.connect("publisher"), wire.connect("subscriber")]);
    subscriber.subscribe("order.*", { callback: (_error, message) => void wire.record.add({ kind: "call", subject: message.subject }) });
    await subscriber.flush();
    for (let n = 0; n < 300; n++) publisher.publish(`order.${n}`, "x".repeat(n));
    await publisher.flush();
    await subscriber.flush();
    for (let n = 0; n < 300; n++) expect(wire.record.where({ subject: `order.${n}` }).map((event) => event.kind)).toEqual(["publish", "deliver", "call"]);
    const times = wire.record.events.map((event) => event.t);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });
});

function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
