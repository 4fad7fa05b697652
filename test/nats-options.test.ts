import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@nats-io/transport-node";
import { createAccount, createOperator, createUser, type KeyPair } from "@nats-io/nkeys";
import { afterAll, beforeAll, expect, test } from "vitest";
import { options } from "#nats";
import { startServer } from "#engine/server/start.ts";

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), "workshop-options-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("without anything there is one server, on this machine", () => {
  expect(options({})).toEqual({ servers: ["127.0.0.1:4222"] });
});

test("several addresses become a list, whatever stands between and before them", () => {
  const { servers } = options({ NATS_URL: "nats://a:4222, tls://b:4223,c:4224," });
  expect(servers).toEqual(["a:4222", "b:4223", "c:4224"]);
});

test("of an address that cannot be read the error says which, and how one looks", () => {
  expect(() => options({ NATS_URL: "nats://a:4222,nats://b:port" })).toThrow(`Cannot read "nats://b:port" in NATS_URL: an address looks like nats://127.0.0.1:4222`);
});

test("of a file that is not there the error names the variable", () => {
  expect(() => options({ NATS_CREDS: "nowhere.creds" })).toThrow("Cannot read the file that NATS_CREDS names: ENOENT");
});

test("the first server that is there is taken, and another one when it goes", async () => {
  await using first = await startServer({ jetstream: false });
  await using second = await startServer({ jetstream: false });
  const nc = await connect({ ...options({ NATS_URL: `${first.url},${second.url}` }), noRandomize: true, reconnectTimeWait: 20 });
  expect(nc.getServer()).toBe(`127.0.0.1:${first.port}`);
  await first.kill();
  for await (const { type } of nc.status()) if (type === "reconnect") break;
  expect(nc.getServer()).toBe(`127.0.0.1:${second.port}`);
  await nc.close();
});

test("a password is taken from its variables, or from the address", async () => {
  await using server = await startServer({ jetstream: false, config: file("users.conf", `authorization { user: shop, password: "s:e@cret" }`) });
  expect(await connects({ NATS_URL: server.url })).toMatch(/Authorization Violation/);
  expect(await connects({ NATS_URL: server.url, NATS_USER: "shop", NATS_PASSWORD: "s:e@cret" })).toBe("connected");
  expect(await connects({ NATS_URL: `nats://shop:${encodeURIComponent("s:e@cret")}@127.0.0.1:${server.port}` })).toBe("connected");
});

test("a token is taken from its variable", async () => {
  await using server = await startServer({ jetstream: false, config: file("token.conf", `authorization { token: "t0ken" }`) });
  expect(await connects({ NATS_URL: server.url, NATS_TOKEN: "t0ken" })).toBe("connected");
});

test.skipIf(!hasOpenssl())("a server behind TLS is believed if NATS_CA has signed it, and not otherwise", async () => {
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"], { stdio: "ignore" });
  await using server = await startServer({ jetstream: false, config: file("tls.conf", `tls { cert_file: "${cert}", key_file: "${key}" }`) });
  const url = `tls://127.0.0.1:${server.port}`;
  expect(await connects({ NATS_URL: url, NATS_CA: cert })).toBe("connected");
  expect(await connects({ NATS_URL: url })).toMatch(/self-signed|certificate/i);
});

test("a credentials file opens a server that trusts an operator", async () => {
  const [operator, account, user] = [createOperator(), createAccount(), createUser()];
  const trust = { operator: token(operator, operator, { type: "operator" }), account: token(operator, account, { type: "account", limits: { subs: -1, conn: -1, leaf: -1, data: -1, payload: -1 } }) };
  await using server = await startServer({ jetstream: false, config: file("operator.conf", `operator: "${trust.operator}"\nresolver: MEMORY\nresolver_preload { ${account.getPublicKey()}: "${trust.account}" }`) });
  const seed = new TextDecoder().decode(user.getSeed());
  const creds = `-----BEGIN NATS USER JWT-----\n${token(account, user, { type: "user", subs: -1, data: -1, payload: -1 })}\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`;
  expect(await connects({ NATS_URL: server.url, NATS_CREDS: file("shop.creds", creds) })).toBe("connected");
  expect(await connects({ NATS_URL: server.url })).toMatch(/Authorization Violation/);
});

async function connects(env: Record<string, string>): Promise<string> {
  try {
    const nc = await connect({ ...options(env), reconnect: false });
    await nc.flush();
    await nc.close();
    return "connected";
  } catch (error) {
    return `${(error as Error).message} ${((error as Error).cause as Error | undefined)?.message ?? ""}`;
  }
}

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

/** A JWT as NATS signs it (ed25519-nkey): `issuer` says this of `subject`. The form is ADR-14's. */
function token(issuer: KeyPair, subject: KeyPair, nats: object): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const body = `${encode({ typ: "JWT", alg: "ed25519-nkey" })}.${encode({ jti: "workshop", iat: Math.floor(Date.now() / 1000), iss: issuer.getPublicKey(), sub: subject.getPublicKey(), name: "workshop", nats: { ...nats, version: 2 } })}`;
  return `${body}.${Buffer.from(issuer.sign(Buffer.from(body))).toString("base64url")}`;
}

function hasOpenssl(): boolean {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
