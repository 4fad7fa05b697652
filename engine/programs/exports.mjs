// Imports a learner's module and writes what it exports into a file, as JSON. A file, because standard output is the
// learner's. Plain JavaScript, since node 20 runs it as it stands.
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [module, file] = process.argv.slice(2);
const exported = await import(pathToFileURL(module).href);
writeFileSync(file, JSON.stringify({ ...exported }));
// A timer or a connection that the module left open must not keep us.
process.exit(0);
