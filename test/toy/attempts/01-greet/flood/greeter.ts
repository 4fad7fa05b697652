const line = "x".repeat(64 * 1024);
const more = (): void => void process.stdout.write(line, more);
more();
