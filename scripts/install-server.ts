import { messageOf } from "#engine/server/errors.ts";
import { findServer, type ServerBinary } from "#engine/server/find.ts";

// Runs as `postinstall`, so that a room without network works after `npm ci`. Whatever happens here, the install goes
// on: the first command that needs a server tries again and then says in full what is wrong.
try {
  console.log(described(await findServer({ say: () => {} })));
} catch (error) {
  const reason = messageOf(error).split("\n")[0];
  console.log(`No nats-server yet (${reason}); the first command that needs one tries again, and npm run doctor tells more`);
}

function described({ version, source, path, verified }: ServerBinary): string {
  const where = source === "path" || source === "NATS_SERVER_BIN" ? `${path}, from ${source === "path" ? "PATH" : source}` : ".workshop/bin";
  return `nats-server ${version} is ready (${where}${verified ? ", hash verified" : ""})`;
}
