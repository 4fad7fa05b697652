import { randomBytes } from "node:crypto";
import type { RequestListener } from "node:http";
import { getRequestListener, type HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { bundled, clientNames } from "./bundle.ts";
import { guard } from "./guard.ts";
import { Hub } from "./hub.ts";
import { readStyle } from "./styles.ts";
import { troublePage } from "./trouble.ts";

/** What every part of the site shares. */
export interface Site {
  /** Every POST carries it in the header `x-workshop-token`; pages have it in a meta element. */
  readonly token: string;
  /** What goes to every open page. */
  readonly hub: Hub;
}

/** The router's own types: the request of node:http stands behind each. */
export type WebApp = Hono<{ Bindings: HttpBindings }>;

/** A part of the site: it adds its routes. The reader, the pictures, the talk's stage and desk are such parts. */
export type Part = (app: WebApp, site: Site) => void;

/**
 * The site as a listener for an HTTP server on loopback. Parts are mounted in their order, behind the guard
 * (Host, Origin, token, content security policy) and beside `/client/<name>.js` and `/style/<name>.css`.
 */
export function openSite(parts: readonly Part[]): Site & { listener: RequestListener } {
  const site: Site = { token: randomBytes(24).toString("base64url"), hub: new Hub() };
  const app: WebApp = new Hono();
  app.use(guard(site.token));
  app.get("/client/:file{[a-z-]+\\.js}", async (c) => {
    const name = c.req.param("file").slice(0, -3);
    if (!clientNames().includes(name)) return c.notFound();
    return c.body(await bundled(name), 200, { "content-type": "text/javascript; charset=utf-8", "cache-control": "no-cache" });
  });
  app.get("/style/:file{[a-z-]+\\.css}", async (c) => {
    const text = await readStyle(c.req.param("file").slice(0, -4));
    return text === undefined ? c.notFound() : c.body(text, 200, { "content-type": "text/css; charset=utf-8", "cache-control": "no-cache" });
  });
  for (const part of parts) part(app, site);
  app.notFound((c) => c.html(troublePage({ title: "No such page", text: "There is nothing at this address.", next: "/" }), 404));
  app.onError((error, c) => c.html(troublePage({ title: "This page failed", text: error.message, next: "/" }), 500));
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  return { ...site, listener: (req, res) => void listener(req, res) };
}
