// A waiting process: node with the clients loaded, which becomes the program that its parent names.
// Plain JavaScript, since node 20 runs it as it stands. From become() on, a program must not be able to tell
// that it was not started as `node … bundle.mjs`, with the flags of node.ts.
import { once } from "node:events";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

// The clients that a program finds where its bundle lies, which need not be the ones of npm beside this file.
const { resolve } = createRequire(new URL("../../.workshop/run/bundle.mjs", import.meta.url));
for (const name of ["@nats-io/transport-node", "@nats-io/jetstream", "@nats-io/kv"]) await import(pathToFileURL(resolve(name)).href);

// The first fetch of a process costs 40 ms: node loads undici then.
await fetch("data:,");
// While it waits it lives and dies with its parent, whatever becomes of that.
process.on("disconnect", leave);
const assigned = once(process, "message");
process.send("waiting");
const [role] = await assigned;
await become(role);
await main(pathToFileURL(role.bundle).href);

function leave() {
  process.exit(0);
}

async function become({ bundle, args, env, cwd }) {
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
  process.argv = [process.execPath, bundle, ...args];
  process.title = `node ${bundle}`;
  if (process.cwd() !== cwd) process.chdir(cwd);
  process.off("disconnect", leave);
  await new Promise((resolve) => process.send("taken", resolve));
  const closed = once(process, "disconnect");
  process.disconnect();
  await closed;
  for (const name of ["send", "disconnect", "channel", "connected"]) delete process[name];
}

// Through arrows of our own: V8 would follow bare resolve and reject, and end each stack trace in this file.
function main(url) {
  return new Promise((resolve, reject) => {
    import(url).then(() => resolve(), (error) => reject(error));
  });
}
