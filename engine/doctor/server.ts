import { join, relative } from "node:path";
import { hashOf } from "#engine/server/kept.ts";
import { messageOf, ServerError } from "#engine/server/errors.ts";
import { findServer, type ServerBinary } from "#engine/server/find.ts";
import { PIN } from "#engine/server/pin.ts";
import { startServer } from "#engine/server/start.ts";
import { note, ok, problem, type Finding, type Surroundings } from "./finding.ts";

/** The server: where it comes from, whether its bytes are the fetched ones, and whether it starts. Fetches nothing. */
export async function lookAtServer(surroundings: Surroundings): Promise<Finding[]> {
  try {
    const binary = await findServer({ fetch: false, env: surroundings.env, workshop: join(surroundings.root, ".workshop"), say: () => {} });
    return [await identity(binary, surroundings), await firstStart(binary)];
  } catch (error) {
    return [problem(messageOf(error), error instanceof ServerError ? error.next : "npm run postinstall")];
  }
}

async function identity(binary: ServerBinary, { root }: Surroundings): Promise<Finding> {
  const sha256 = await hashOf(binary.path, "sha256");
  if (binary.sha256 && binary.sha256 !== sha256) return problem(`${binary.path} is not what was fetched: sha256 required ${binary.sha256}, found ${sha256}`, "rm -r .workshop/bin && npm run postinstall");
  const text = `nats-server ${binary.version} from ${placeOf(binary, root)}, sha256 ${sha256.slice(0, 12)}…${binary.verified ? ", verified" : ""}`;
  return binary.version === PIN.version ? ok(text) : note(`${text}; the workshop is written for ${PIN.version}`, "npm run postinstall");
}

function placeOf({ path, source }: ServerBinary, root: string): string {
  if (source === "path") return `PATH (${path})`;
  return source === "NATS_SERVER_BIN" ? `NATS_SERVER_BIN (${path})` : relative(root, path);
}

// The proof of a binary is that it runs: macOS may refuse one that it does not know, a mount may forbid to execute.
async function firstStart({ path }: ServerBinary): Promise<Finding> {
  const began = performance.now();
  try {
    await using server = await startServer({ binary: path });
    return ok(`it starts in ${Math.round(performance.now() - began)} ms, on 127.0.0.1 only (${new URL(server.url).port} this time)`);
  } catch (error) {
    return problem(messageOf(error), process.platform === "darwin" ? `xattr -d com.apple.quarantine ${path}` : `${path} --version`);
  }
}
