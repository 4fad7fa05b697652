import { note, ok, type Finding, type Surroundings } from "./finding.ts";

const NAMES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];

/** Whether a proxy stands between this machine and itself: programs speak to 127.0.0.1 only. */
export async function lookAtProxy({ env }: Surroundings): Promise<Finding> {
  const set = NAMES.filter((name) => env[name]);
  if (set.length === 0) return ok("no proxy is set");
  const direct = (env.NO_PROXY ?? env.no_proxy ?? "").split(",").some((host) => ["*", "127.0.0.1", "localhost"].includes(host.trim()));
  if (direct) return ok(`a proxy is set (${set.join(", ")}), and 127.0.0.1 goes past it`);
  return note(`a proxy is set (${set.join(", ")}); Node goes past it, but curl does not, and lessons use curl on 127.0.0.1`, "export NO_PROXY=127.0.0.1,localhost");
}
