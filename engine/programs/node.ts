/**
 * How a learner's program is started: by this node, with stack traces in TypeScript's lines. `fetch` reads HTTP with a
 * WebAssembly module, and V8 would compile that a second time, better, in the background: a tenth to a quarter of the
 * processor time of a program with twelve calls (`npm run bench:start`), and 100 ms in which it seems to be at work.
 */
export const NODE: readonly string[] = [process.execPath, "--enable-source-maps", "--liftoff-only"];
