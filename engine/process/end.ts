/**
 * Ends this process as soon as nothing is left to do. Node 20 then takes its environment apart handle by handle, and
 * can wait for ever there, with a processor at full load (`Environment::CleanupHandles`, seen with 20.20.2 after runs
 * with hundreds of child processes). `process.exit` skips that; what listens for "exit" is still told.
 */
if (!process.env.VITEST) process.once("beforeExit", () => process.exit());
