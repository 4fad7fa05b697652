import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { html, raw } from "hono/html";
import { writeSafely } from "#engine/files/write.ts";
import { rendered } from "../../web/talk/slides.ts";
import { prompt } from "../../web/talk/stage-view.ts";
import type { Html } from "../../web/layout.ts";
import { readStyle } from "../../web/styles.ts";
import { changedLines } from "../session/typing.ts";
import type { Step } from "../text/parse.ts";
import { filesOf } from "../text/states.ts";
import { readTalk, type Talk } from "../text/talk.ts";
import { chromium } from "./check.ts";
import { clock } from "./told.ts";

const NAME = "building-high-throughput-event-pipelines-with-nats";

/** Writes slides with notes as one HTML file, which needs nothing beside it, and as PDF where Chromium is present. Answers the paths. */
export async function exportTalk(root: string): Promise<string[]> {
  const file = join(root, `${NAME}.html`);
  await writeSafely(file, await exported(readTalk()));
  const browser = chromium();
  if (browser === undefined) return [file];
  const pdf = join(root, `${NAME}.pdf`);
  await print(browser, { file, pdf });
  return [file, pdf];
}

/** The whole talk as one page of HTML. */
export async function exported(talk: Talk): Promise<string> {
  const styles = await Promise.all(["base", "code", "export"].map((name) => readStyle(name)));
  const body = talk.parts.map((part) => html`<section class="part"><h1>${part.number} ${part.title}</h1><p>${part.minutes} minutes</p></section>
${part.steps.map((step) => stepHtml(step, talk.steps))}`);
  return String(await html`<!doctype html>
<html lang="en" data-theme="light"><head><meta charset="utf-8"><title>Building High-Throughput Event Pipelines with NATS</title>
<style>${raw(styles.join("\n"))}</style></head><body>${body}</body></html>
`);
}

function stepHtml(step: Step, steps: readonly Step[]): Html {
  return html`<article id="step-${step.id}">
<header>${step.id} ${step.title} <span>${clock(step.seconds)}${step.skip ? ", can be left out" : ""}</span></header>
<div class="slide">${rendered(step.slide)}</div>
<div class="say">${rendered(step.say)}</div>
${step.commands.length > 0 ? html`<ul class="run">${step.commands.map(({ text }) => html`<li><code>${prompt(text)}</code></li>`)}</ul>` : ""}
${step.sights.length > 0 ? html`<ul class="see">${step.sights.map(({ text, note }) => html`<li>${note ? html`${note}<br>` : ""}<code>${text}</code></li>`)}</ul>` : ""}
${step.code ? html`<pre class="change">${changeOf(step, steps).map(({ kind, text }) => html`<span class="${kind === "+" ? "add" : kind === "-" ? "del" : "same"}">${kind} ${text}\n</span>`)}</pre>` : ""}
</article>`;
}

function changeOf(step: Step, steps: readonly Step[]) {
  const code = step.code!;
  const path = [...filesOf(code).keys()].find((one) => one.endsWith(`/${code.file}`)) ?? "";
  const before = steps.slice(0, steps.indexOf(step)).findLast((other) => other.code)?.code;
  const from = before?.lesson === code.lesson ? (filesOf(before).get(path) ?? "") : "";
  return changedLines(from, filesOf(code).get(path) ?? "", { around: 2 });
}

async function print(browser: string, { file, pdf }: { file: string; pdf: string }): Promise<void> {
  const profile = await mkdtemp(join(tmpdir(), "talk-print-"));
  const asRoot = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  try {
    await promisify(execFile)(browser, ["--headless", ...asRoot, "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", `--user-data-dir=${profile}`, "--no-pdf-header-footer", `--print-to-pdf=${pdf}`, pathToFileURL(file).href]);
  } finally {
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}
