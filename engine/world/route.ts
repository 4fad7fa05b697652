import type { Identity } from "#engine/record/events.ts";
import { isService } from "./services.ts";
import type { Service } from "./services.ts";

/** Where a request goes: who calls, and which service. Without a known service it is a question about the world itself. */
export interface Route extends Identity {
  service?: Service;
  /** What stands in the service's place. */
  asked: string;
}

/** The path of a program's world, e.g. `/world/worker%231/2` for the second life of `worker#1`. */
export function pathOf({ program, life }: Identity): string {
  return `/world/${encodeURIComponent(program)}/${life}`;
}

/**
 * Reads `/world/<service>`, `/world/<program>/<service>` and `/world/<program>/<life>/<service>`.
 * A caller that cannot be read is `unknown`, life 1. Undefined when the path is not the world's.
 */
export function routeOf(url: string): Route | undefined {
  const [, world, ...parts] = (url.split("?")[0] ?? "").split("/");
  if (world !== "world") return undefined;
  const asked = parts.at(-1) ?? "";
  return { ...callerOf(parts.slice(0, -1)), asked, ...(isService(asked) && { service: asked }) };
}

function callerOf(parts: string[]): Identity {
  const [program, life = "1"] = parts.map(decoded);
  const readable = program && parts.length <= 2 && /^[1-9]\d{0,8}$/.test(life);
  return readable ? { program, life: Number(life) } : { program: "unknown", life: 1 };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}
