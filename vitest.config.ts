import { defineConfig } from "vitest/config";

// Four projects. "engine" proves the rooms of the engine and the scripts, "page" what the browser shows, "talk" every
// state and step of the talk;
// "lessons" gives the same verdicts as `npm run check:lesson-N`, from an editor's test view.
export default defineConfig({
  test: {
    pool: "forks",
    // The proof runs beside the tests: two files at a time are enough for two processors.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: "engine",
          include: ["engine/**/*.test.ts", "test/**/*.test.ts", "proof/**/*.test.ts"],
          exclude: ["test/toy/**"],
          testTimeout: 90_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: "page",
          include: ["web/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "talk",
          include: ["talk/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "lessons",
          include: ["lessons/*/check.test.ts"],
          testTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
