// Where NATS is, and who you are there. The lessons' programs find
// one server on your own machine and need none of this; with it
// the same programs run on any NATS: a cluster of three, one
// behind TLS, one that asks for a password or for credentials.
//
// Your programs say `import { options } from "#nats"`. Outside this
// repository they need this file and one line of package.json:
// "imports": { "#nats": "./nats.ts" }

import { readFileSync } from "node:fs";
import { credsAuthenticator } from "@nats-io/transport-node";
import type { NodeConnectionOptions } from "@nats-io/transport-node";

const DEFAULT_URL = "nats://127.0.0.1:4222";

/**
 * What `connect` needs to know, from the environment:
 * `NATS_URL` has one address or several with commas, each perhaps
 * `tls://` or with `user:password@`; `NATS_USER` and
 * `NATS_PASSWORD`; `NATS_TOKEN`; `NATS_CREDS` is a file of
 * credentials, `NATS_CA` the certificate of who signed the
 * server's own. Throws if an address or a file cannot be read.
 */
export function options(env = process.env): NodeConnectionOptions {
  const addresses = addressesIn(env.NATS_URL ?? DEFAULT_URL);
  const named = addresses.find(({ username }) => username);
  const user = env.NATS_USER ?? part(named?.username);
  const pass = env.NATS_PASSWORD ?? part(named?.password);
  const tls = addresses.some(({ protocol }) => protocol === "tls:");
  return {
    servers: addresses.map(({ host }) => host),
    ...(user && { user, pass: pass ?? "" }),
    ...(env.NATS_TOKEN && { token: env.NATS_TOKEN }),
    ...(env.NATS_CREDS && { authenticator: creds(env.NATS_CREDS) }),
    ...(env.NATS_CA && { tls: { ca: text("NATS_CA", env.NATS_CA) } }),
    ...(tls && !env.NATS_CA && { tls: {} }),
  };
}

// The client takes a list. Of one string with commas it would take
// the last address only, and of `user:password@` nothing at all.
function addressesIn(list: string): URL[] {
  const urls = list.split(",").map((url) => url.trim());
  return urls.filter(Boolean).map((url) => {
    const full = url.includes("://") ? url : `nats://${url}`;
    if (URL.canParse(full)) return new URL(full);
    throw new Error(`Cannot read "${url}" in NATS_URL: an address \
looks like nats://127.0.0.1:4222, and commas part one from the next`);
  });
}

function part(encoded: string | undefined): string | undefined {
  return encoded && decodeURIComponent(encoded);
}

function creds(file: string) {
  return credsAuthenticator(Buffer.from(text("NATS_CREDS", file)));
}

function text(variable: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const { message } = cause as Error;
    const error = `Cannot read the file that ${variable} names`;
    throw new Error(`${error}: ${message}`, { cause });
  }
}
