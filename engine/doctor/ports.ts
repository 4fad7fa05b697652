import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isFree, whoHas, type Holder } from "#engine/server/ports.ts";
import { note, ok, type Finding, type Surroundings, type System } from "./finding.ts";

/** The ports of `npm start`, and what each is for. */
const PORTS: [port: number, use: string][] = [
  [4222, "programs connect here"],
  [8222, "the server's monitoring"],
  [4280, "the page and the outside world"],
];

/** Whether the ports of `npm start` are free, and who has them otherwise. Checks need none of them. */
export async function lookAtPorts(surroundings: Surroundings): Promise<Finding[]> {
  const house = await openHouse(surroundings);
  const findings = await Promise.all(PORTS.map(([port, use]) => lookAtPort(port, { use, house, system: surroundings.system })));
  const taken = findings.some(({ level }) => level === "note");
  return taken && !house ? [...findings, note("npm start can move to other ports, all three by the same distance", `npm start -- --port ${4222 + (await freeDistance())}`)] : findings;
}

/** The workshop that is open now. */
export interface House {
  pid: number;
  ports: number[];
}

/** One port: free, the workshop's own, or somebody else's. */
export async function lookAtPort(port: number, { use, house, system }: { use: string; house: House | undefined; system: System }): Promise<Finding> {
  const label = `port ${port} (${use})`;
  if (await isFree(port)) return ok(`${label} is free`);
  if (house?.ports.includes(port)) return ok(`${label} is the workshop itself: npm start, process ${house.pid}`);
  const holder = await whoHas(port);
  return note(`${label} is held by ${inWords(holder)}`, remedyFor(port, holder, system));
}

function inWords(holder: Holder | undefined): string {
  if (!holder?.pid) return "a process that cannot be seen from here";
  const { pid, command = "" } = holder;
  return `process ${pid}${command ? `: ${command.length > 70 ? `${command.slice(0, 69)}…` : command}` : ""}`;
}

function remedyFor(port: number, holder: Holder | undefined, system: System): string {
  if (holder?.pid) return `kill ${holder.pid}   # if you no longer need it${asService(holder, system)}`;
  if (system === "wsl") return `netstat.exe -ano | findstr ${port}   # a Windows program may have it`;
  return `sudo lsof -nP -iTCP:${port} -sTCP:LISTEN`;
}

// A nats-server that was installed as a service comes back when it is killed.
function asService({ command = "" }: Holder, system: System): string {
  if (!command.includes("nats-server")) return "";
  return system === "darwin" ? "; as a service: brew services stop nats-server" : "; as a service: sudo systemctl stop nats-server";
}

// What npm start notes about itself: { pid, ports: { … } }. A file whose process is gone says nothing.
async function openHouse({ root }: Surroundings): Promise<House | undefined> {
  try {
    const { pid, ports } = JSON.parse(await readFile(join(root, ".workshop/run/house.json"), "utf8")) as { pid: number; ports: Record<string, number> };
    process.kill(pid, 0);
    return { pid, ports: Object.values(ports) };
  } catch {
    return undefined;
  }
}

async function freeDistance(): Promise<number> {
  for (let distance = 100; distance < 3_000; distance += 100) {
    const free = await Promise.all(PORTS.map(([port]) => isFree(port + distance)));
    if (free.every(Boolean)) return distance;
  }
  return 100;
}
