/** Something that happens on stage, shown before it is done. */
export type Command =
  /** A program of a lesson: bundled and started at once, the same file that `npx tsx` runs. */
  | { kind: "program"; text: string; name: string; file: string; args: string[]; env: Record<string, string> }
  /** An npm script, or `curl`: run as it stands. */
  | { kind: "shell"; text: string; name: string; words: string[] }
  /** A signal to a program by its name. */
  | { kind: "signal"; text: string; name: string; signal: "SIGKILL" | "SIGTERM" }
  /** The outside world behaves in another way. */
  | { kind: "world"; text: string; change: WorldChange };

/** What the outside world does from now on. */
export type WorldChange = { kind: "declines" } | { kind: "takes"; service: "charge" | "mail"; ms: number } | { kind: "limit"; service: "charge"; most: number } | { kind: "calm" };

const QUOTED = /'([^']*)'|"([^"]*)"|(\S+)/g;

/** Reads one line of a step's `### Do`, a code span. Undefined when it is none of the kinds of command. */
export function parseCommand(item: string): Command | undefined {
  const text = /^`([^`]+)`$/.exec(item.trim())?.[1];
  if (text === undefined) return undefined;
  return worldOf(text) ?? signalOf(text) ?? programOf(text) ?? shellOf(text);
}

function worldOf(text: string): Command | undefined {
  const said = /^world: (.+)$/.exec(text)?.[1];
  if (said === undefined) return undefined;
  const takes = /^a (charge|mail) takes (\d+) ms$/.exec(said);
  const limit = /^at most (\d+) charges at once$/.exec(said);
  if (said === "the next card is declined") return { kind: "world", text, change: { kind: "declines" } };
  if (said === "all is well") return { kind: "world", text, change: { kind: "calm" } };
  if (takes) return { kind: "world", text, change: { kind: "takes", service: takes[1] as "charge", ms: Number(takes[2]) } };
  if (limit) return { kind: "world", text, change: { kind: "limit", service: "charge", most: Number(limit[1]) } };
  return undefined;
}

function signalOf(text: string): Command | undefined {
  const [, nine, name] = /^kill (-9 )?(\S+)$/.exec(text) ?? [];
  return name ? { kind: "signal", text, name, signal: nine ? "SIGKILL" : "SIGTERM" } : undefined;
}

function programOf(text: string): Command | undefined {
  const [, settings = "", file = "", rest = "", name] = /^((?:[A-Z_]+=\S+ )*)npx tsx (lessons\/\S+\.ts)((?: [^#\s]\S*)*)(?: # (\S+))?$/.exec(text) ?? [];
  if (!file) return undefined;
  const env = Object.fromEntries(settings.trim().split(" ").filter(Boolean).map((word) => word.split("=") as [string, string]));
  return { kind: "program", text, name: name ?? file.replace(/^.*\//, "").replace(/\.ts$/, ""), file, args: wordsOf(rest), env };
}

function shellOf(text: string): Command | undefined {
  const words = wordsOf(text);
  if (words[0] === "curl") return { kind: "shell", text, name: "curl", words };
  if (words[0] === "npm" && words[1] === "run" && words[2]) return { kind: "shell", text, name: words[2], words };
  return undefined;
}

function wordsOf(text: string): string[] {
  return [...text.matchAll(QUOTED)].map(([, single, double, plain]) => single ?? double ?? plain ?? "");
}
