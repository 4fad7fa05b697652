// postinstall: keeps the starters' text before anybody types, and gets the nats-server while there is a network.
import { keepOriginals } from "#engine/lessons/originals.ts";

const missing = keepOriginals();
if (missing.length > 0) console.log(`workshop: edited before it was installed, so its original is not kept: ${missing.join(", ")}`);
await import("./install-server.ts");
