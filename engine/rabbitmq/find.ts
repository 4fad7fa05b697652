import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Refusal } from "#engine/files/refusal.ts";

/** The two programs a broker is made of: RabbitMQ, and the Erlang port mapper that it asks for at its start. */
export interface RabbitBinary {
  server: string;
  epmd: string;
}

/** Debian's script on PATH changes the user and writes to /var; the one behind it does neither. */
const BEHIND = "/usr/lib/rabbitmq/bin/rabbitmq-server";
/** Where Homebrew and packages put what is not on everybody's PATH. */
const ALSO = ["/opt/homebrew/sbin", "/usr/local/sbin", "/usr/sbin"];

/** An installed RabbitMQ, or undefined. It is never fetched. */
export function findRabbit(path: string = process.env.PATH ?? ""): RabbitBinary | undefined {
  const folders = [...path.split(delimiter).filter(Boolean), ...ALSO];
  const on = (name: string) => folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
  const server = existsSync(BEHIND) ? BEHIND : on("rabbitmq-server");
  const epmd = on("epmd");
  return server && epmd ? { server, epmd } : undefined;
}

/** What is said where there is none. */
export function rabbitMissing(): Refusal {
  return new Refusal(
    "Cannot start RabbitMQ as it is not installed, and this workshop does not fetch it.\nDebian and Ubuntu: sudo apt-get install rabbitmq-server. macOS: brew install rabbitmq.\nOr name a broker of yours for tests: AMQP_URL=amqp://user:password@host npm run rabbitmq",
    "install it, then: npm run rabbitmq",
  );
}
