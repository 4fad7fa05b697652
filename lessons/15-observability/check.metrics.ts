import type { Handle } from "#engine/lab/handle.ts";

/** What a program shows under `/metrics`, read as Prometheus reads it. */
export interface Metrics {
  /** Every sample by its name and sorted labels: `pipeline_health{state="stalled"}`. */
  samples: ReadonlyMap<string, number>;
  /** What the `# TYPE` lines say. */
  types: ReadonlyMap<string, string>;
  /** Why Prometheus would refuse it; absent when it would not. */
  refused?: string;
}

/** A page as it came; undefined when nobody answered. */
export interface Page {
  status: number;
  type: string;
  text: string;
}

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)(?: \d+)?$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)",?/y;
const PATIENT_MS = 5_000;

/** Asks a program's HTTP port for a page. */
export async function get(port: string | number | undefined, path: string): Promise<Page | undefined> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(PATIENT_MS) });
    return { status: response.status, type: response.headers.get("Content-Type") ?? "", text: await response.text() };
  } catch {
    return undefined;
  }
}

/** The port on which a program shows its metrics: `METRICS_PORT`, else `PORT`. */
export function metricsPortOf(handle: Handle): string {
  return handle.env.METRICS_PORT ?? handle.env.PORT ?? "";
}

/** Reads a program's `/metrics`; undefined when nobody answers there. */
export async function scrape(handle: Handle): Promise<Metrics | undefined> {
  const page = await get(metricsPortOf(handle), "/metrics");
  return page && readMetrics(page);
}

/** Reads the text format, version 0.0.4, which OpenMetrics extends. What cannot be read is said in `refused`. */
export function readMetrics({ status, type, text }: Page): Metrics {
  const samples = new Map<string, number>();
  const types = new Map<string, string>();
  const trouble: string[] = [];
  if (status !== 200) trouble.push(`its status is ${status}`);
  if (!/^(text\/plain|application\/openmetrics-text)/.test(type)) trouble.push(`its Content-Type is ${type ? `"${type}"` : "missing"}`);
  for (const line of text.split("\n").filter((line) => line !== "")) {
    const [, name, kind] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (name && kind) types.set(name, kind);
    if (line.startsWith("#")) continue;
    const sample = readSample(line);
    if (sample) samples.set(...sample);
    else trouble.push(`it has a line that is no sample: ${line.slice(0, 60)}`);
  }
  return { samples, types, ...(trouble[0] ? { refused: trouble[0] } : {}) };
}

/** The state or states that `pipeline_health` says are on now. */
export function statesOf({ samples }: Metrics): string[] {
  return [...samples].flatMap(([name, value]) => {
    const state = /^pipeline_health\{.*state="(\w+)".*\}$/.exec(name)?.[1];
    return state && value === 1 ? [state] : [];
  });
}

function readSample(line: string): [string, number] | undefined {
  const [, name, labels = "", value = ""] = SAMPLE.exec(line) ?? [];
  const number = value === "+Inf" ? Infinity : value === "-Inf" ? -Infinity : Number(value);
  const pairs = readLabels(labels);
  if (!name || !pairs || (Number.isNaN(number) && value !== "NaN")) return undefined;
  return [pairs.length > 0 ? `${name}{${pairs.sort().join(",")}}` : name, number];
}

function readLabels(text: string): string[] | undefined {
  const pairs: string[] = [];
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const at = LABEL.lastIndex;
    const found = LABEL.exec(text);
    if (!found || found.index !== at) return undefined;
    pairs.push(`${found[1]}="${found[2]}"`);
  }
  return pairs;
}
