import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { bundle } from "./bundle.ts";
import { workbench, type Workbench } from "./help.fixture.ts";
import { makePackages, PACKAGES } from "./packages.ts";

const run = promisify(execFile);

test("a program gets the packages in one file each, with every name that npm's own have", async () => {
  await using bench = await workbench();
  await makePackages();
  const names = ["@nats-io/transport-node", "@nats-io/jetstream", "@nats-io/kv", "@nats-io/nats-core/internal"];
  const program = names.map((name, index) => `import * as p${index} from ${JSON.stringify(name)}; console.log(import.meta.resolve(${JSON.stringify(name)}), Object.keys(p${index}).join());`).join("\n");
  const lines = (await output(bench, program)).split("\n");
  expect(lines).toHaveLength(names.length);
  for (const [index, name] of names.entries()) {
    const [where, exported] = lines[index]!.split(" ");
    expect(decodeURI(where!)).toContain(`${PACKAGES}/${name.split("/").slice(0, 2).join("/")}/`);
    expect(exported!.split(",").sort()).toEqual(Object.keys((await import(name)) as object).sort());
  }
});

test("what two packages share is there once: an error of the core is the same class in both", async () => {
  await using bench = await workbench();
  const program = `import { TimeoutError } from "@nats-io/transport-node"; import { errors } from "@nats-io/nats-core"; console.log(TimeoutError === errors.TimeoutError, TimeoutError.name);`;
  expect(await output(bench, program)).toBe("true TimeoutError");
});

test("a name that a package does not have is said with the package's name", async () => {
  await using bench = await workbench();
  const said = await output(bench, `import { conect } from "@nats-io/transport-node"; console.log(conect);`).catch((error: { stderr: string }) => error.stderr);
  expect(said).toContain("'@nats-io/transport-node' does not provide an export named 'conect'");
});

test("it is made of what is installed, and once", async () => {
  await makePackages();
  const made = await readFile(join(PACKAGES, ".made-of"), "utf8");
  const again = `await (await import(${JSON.stringify(join(import.meta.dirname, "packages.ts"))})).makePackages();`;
  await run(process.execPath, ["--import", "tsx", "--input-type=module", "-e", again]);
  expect(await readFile(join(PACKAGES, ".made-of"), "utf8")).toBe(made);
});

async function output(bench: Workbench, program: string): Promise<string> {
  await bench.write({ "l/worker.ts": program });
  const path = await bundle({ file: "worker", lookIn: [join(bench.path, "l")], out: join(bench.path, "work") });
  return (await run(process.execPath, ["--enable-source-maps", path])).stdout.trim();
}
