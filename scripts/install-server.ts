import { messageOf, ServerMissing } from "#engine/server/errors.ts";
import { findServer, type ServerBinary } from "#engine/server/find.ts";
import { passingProgress } from "#engine/server/progress.ts";

// Runs as `postinstall`, so that a room without network works after `npm ci`. Whatever happens here, the install goes
// on: the first command that needs a server tries again and then says in full what is wrong.
try {
  console.log(described(await findServer({ progress: passingProgress(), say: () => {} })));
} catch (error) {
  console.log(`No nats-server yet: ${reason(error)}. The first command that needs one tries again; npm run doctor tells more`);
}

function described({ version, source, path, verified }: ServerBinary): string {
  const where = source === "path" || source === "NATS_SERVER_BIN" ? `${path}, from ${source === "path" ? "PATH" : source}` : ".workshop/bin";
  return `nats-server ${version} is ready (${where}${verified ? ", hash verified" : ""})`;
}

function reason(error: unknown): string {
  const tried = error instanceof ServerMissing ? error.tried.map(({ place, why }) => `${place}: ${why}`) : [];
  return tried.length > 0 ? tried.join("; ") : messageOf(error);
}
