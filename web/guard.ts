import { timingSafeEqual } from "node:crypto";
import type { HttpBindings } from "@hono/node-server";
import type { MiddlewareHandler } from "hono";
import { LOOPBACK } from "#engine/world/http.ts";

/** Only what this site itself serves may run, be drawn or be asked; nothing inline, nothing from elsewhere. */
const POLICY = [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'", "connect-src 'self'",
  "frame-src 'self'", "frame-ancestors 'self'", "form-action 'self'", "base-uri 'none'",
].join("; ");

const HEADERS = {
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
};

/**
 * Lets in only requests by this machine's own pages: the Host is a loopback name, an Origin is this very site, and
 * whatever changes something carries the token that only the site's own pages can read.
 */
export function guard(token: string): MiddlewareHandler<{ Bindings: HttpBindings }> {
  return async (c, next) => {
    const refused = wrong({
      method: c.req.method, host: c.env.incoming.headers.host, origin: c.req.header("origin"),
      site: c.req.header("sec-fetch-site"), mode: c.req.header("sec-fetch-mode"), token: c.req.header("x-workshop-token"),
    }, token);
    for (const [name, value] of Object.entries(HEADERS)) c.header(name, value);
    if (refused) return c.text(`${refused}\n`, 403);
    await next();
  };
}

interface Asked {
  method: string;
  host: string | undefined;
  origin: string | undefined;
  site: string | undefined;
  mode: string | undefined;
  token: string | undefined;
}

function wrong({ method, host, origin, site, mode, token: given }: Asked, token: string): string | undefined {
  if (!host || !LOOPBACK.test(host)) return "This page answers to 127.0.0.1 and localhost only.";
  if (origin !== undefined && origin !== `http://${host}`) return "This page answers its own pages only.";
  // A link from another page may lead here; nothing else of another page may read from here.
  if (site !== undefined && site !== "same-origin" && site !== "none" && mode !== "navigate") return "This page answers its own pages only.";
  if (method === "GET" || method === "HEAD") return undefined;
  if (method !== "POST") return "Only GET and POST mean something here.";
  return given !== undefined && same(given, token) ? undefined : "This action lacks the page's token: reload the page.";
}

function same(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}
