import { Agent, get as httpGet, type IncomingMessage } from "node:http";
import { ServerError } from "./errors.ts";

/**
 * Asks a monitoring port for JSON. Not the global fetch: its first call costs 42 ms, this one and a kept connection
 * cost about one.
 */
export class Monitor {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 });

  /** Throws ServerError when nobody answers within `within` milliseconds, or the answer is not 200 and JSON. */
  async ask<T>(url: string, within = 5_000): Promise<T> {
    const text = await this.#text(url, within);
    try {
      return JSON.parse(text) as T;
    } catch (error) {
      throw new ServerError(`Cannot read ${url}: required JSON, found "${text.slice(0, 80)}"`, `curl ${url}`, { cause: error });
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  #text(url: string, within: number, again = true): Promise<string> {
    return new Promise((resolve, reject) => {
      const request = httpGet(url, { agent: this.#agent, timeout: within });
      const refuse = (error: Error) => reject(new ServerError(`Cannot ask ${url}: ${error.message}`, "npm run doctor", { cause: error }));
      request.on("timeout", () => request.destroy(new Error(`no answer within ${within} ms`)));
      // A kept connection may have been closed by a restart a moment ago: that says nothing of the server of now.
      request.on("error", (error) => (again && request.reusedSocket && isReset(error) ? resolve(this.#text(url, within, false)) : refuse(error)));
      request.on("response", (answer) => void bodyOf(answer).then(resolve, refuse));
    });
  }
}

async function bodyOf(answer: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of answer.setEncoding("utf8")) text += chunk;
  if (answer.statusCode !== 200) throw new Error(`answered ${answer.statusCode}, ${text.trim().slice(0, 120)}`);
  return text;
}

function isReset(error: Error): boolean {
  return "code" in error && (error.code === "ECONNRESET" || error.code === "EPIPE");
}
