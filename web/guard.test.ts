import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { toySite, type ToySite } from "./fixtures/site.ts";

let site: ToySite;
beforeAll(async () => { site = await toySite("guard"); });
afterAll(() => site[Symbol.asyncDispose]());

const LESSON = "/lessons/01-greet";

test("a lesson is served to a loopback host with a policy that allows nothing inline", async () => {
  const { status, headers, text } = await site.ask(LESSON);
  expect(status).toBe(200);
  expect(headers["content-security-policy"]).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
  expect(headers["content-security-policy"]).not.toContain("unsafe");
  expect(text).not.toMatch(/<script(?![^>]* src=)|<style|\son[a-z]+=|\sstyle=/);
});

test.each(["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example", "127.0.0.1@evil.example"])("a request for the host %j is refused: a name elsewhere may point here", async (host) => {
  expect((await site.ask(LESSON, { headers: { host } })).status).toBeGreaterThanOrEqual(400);
});

test("a request that comes from another page is refused, also one that only reads", async () => {
  for (const origin of ["http://evil.example", "null", `http://127.0.0.1:${site.port + 1}`]) expect((await site.ask("/events", { headers: { origin } })).status).toBe(403);
  expect((await site.ask("/search.json", { headers: { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" } })).status).toBe(403);
  expect((await site.ask(LESSON, { headers: { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" } })).status).toBe(200);
});

test("an action needs the token that only the site's own pages can read", async () => {
  const post = (token?: string) => site.ask("/do/undo", { method: "POST", headers: { "content-type": "application/json", ...(token === undefined ? {} : { "x-workshop-token": token }) }, body: "{}" });
  expect((await post()).status).toBe(403);
  expect((await post("x".repeat(32))).status).toBe(403);
  const answered = await post(await site.token());
  expect(answered).toMatchObject({ status: 200, text: JSON.stringify({ says: "There is nothing to undo." }) });
  expect((await site.ask("/do/undo", { method: "PUT", headers: { "x-workshop-token": await site.token() } })).status).toBe(403);
});

const OUTSIDE = [
  "/files/../../../../etc/passwd", "/files/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "/files/..%2f..%2f..%2fetc%2fpasswd", "/files//etc/passwd", "/files/lessons/%2e%2e/solutions/01-greet/greeter.ts",
  "/files/solutions/01-greet/greeter.ts", "/files/attempts/01-greet/deaf/greeter.ts", "/files/.workshop/progress.json", "/files/.git/config", "/files/%00", "/files/%zz",
  "/client/../serve.js", "/client/%2e%2e%2fserve.js", "/style/..%2fserve.css", "/lessons/..%2f..%2fetc", "/lessons/__proto__", "/do/check",
];

test.each(OUTSIDE)("%s shows nothing", async (path) => {
  const { status, text } = await site.ask(path);
  expect(status).toBeGreaterThanOrEqual(400);
  expect(text).not.toMatch(/root:|subscribe|repositoryformat/);
});

test("an action takes known names and shapes only, and no command", async () => {
  const headers = { "content-type": "application/json", "x-workshop-token": await site.token() };
  const act = async (name: string, body: unknown) => (await site.ask(`/do/${name}`, { method: "POST", headers, body: JSON.stringify(body) })).status;
  expect(await act("constructor", {})).toBe(404);
  expect(await act("fault", { fault: "constructor" })).toBe(400);
  expect(await act("hint", { lesson: "../../etc" })).toBe(409);
  expect(await act("hint", { lesson: 7 })).toBe(400);
  expect(await act("edit", { file: "../../../etc/passwd" })).toBe(409);
  expect(await act("edit", { file: "lessons/01-greet/greeter.ts; touch x" })).toBe(409);
  expect(await act("edit", { file: "solutions/01-greet/greeter.ts" })).toBe(409);
  expect(await act("run", { copies: "1; rm" })).toBe(409);
});

test("what a lesson says and what a program printed is text and never markup", async () => {
  const evil = `<script>alert(1)</script><img src=x onerror=alert(2)>`;
  const file = join(site.root, "lessons/01-greet/README.md");
  writeFileSync(file, `# 1 · ${evil}\n\n${evil}\n\n[link](javascript:alert(3)) \`${evil}\`\n\n\`\`\`html\n${evil}\n\`\`\`\n\n<details><summary>${evil}</summary>\n\nyes\n\n</details>\n`);
  const check = { id: "greets", title: evil, outcome: "failed", seconds: 1, expected: evil, seen: evil, evidence: [evil], diagnosis: { id: "x", text: evil, file: `"><script>` } };
  const { keepVerdict } = await import("#engine/progress/verdicts.ts");
  const lesson = (await import("#engine/lessons/catalogue.ts")).loadLesson("01-greet", site.root);
  const [id = ""] = (await lesson).checks.map((one) => one.id);
  await keepVerdict({ at: "", hash: "", verdict: { lesson: "01-greet", outcome: "failed", seconds: 1, output: [], seed: "", checks: [{ ...check, id, outcome: "failed" }] } }, site.root);
  const { text } = await site.ask(LESSON);
  expect(text).not.toMatch(/<script>|<img|href="javascript:/);
  expect(text).toContain("&lt;img src=x onerror=alert(2)&gt;");
});
