import { html } from "hono/html";
import { changedLines, type ChangedLine } from "../../talk/session/typing.ts";
import type { Session } from "../../talk/session/session.ts";
import { filesOf } from "../../talk/text/states.ts";
import type { Html } from "../layout.ts";
import { rendered } from "./slides.ts";
import { prompt, shownFile } from "./stage-view.ts";

const AROUND = 2;
const SPEEDS = ["at once", "line by line", "typed"] as const;
const VIEWS = ["slide", "code", "terminal", "picture"] as const;

/** What the presenter sees: notes, commands, what is to be seen, the next step's change, what the desk proposes. */
export function deskView(session: Session): Html {
  const { step, talk, index, news, theatre } = session;
  const following = talk.steps.slice(index + 1).find(({ id }) => !session.skipped.includes(id));
  return html`
<div class="notes">
  <h1><span>${step.id}</span> ${step.title} ${step.skip ? html`<em>can be left out</em>` : ""}</h1>
  ${news ? html`<p class="news${news.trouble ? " trouble" : ""}" role="status">${news.text}</p>` : ""}
  ${proposed(session)}
  <div class="say">${rendered(step.say)}</div>
</div>
<aside>
  ${commands(session)}
  ${sights(session)}
  ${session.typing.length > 0 ? html`<p>${session.typing.length} lines to come, one with each press.</p>` : ""}
  ${session.speed === "typed" && step.code ? html`<h2>To type</h2>${change(ghost(session))}` : ""}
  <p class="small">Running: ${theatre.names.join(", ") || "nothing"}</p>
  <h2>Next: ${following ? `${following.id} ${following.title}` : "the end"}</h2>
  ${following ? change(nextChange(session, following)) : ""}
</aside>
<nav>
  ${VIEWS.map((view) => html`<button data-do="view" data-to="${view}" aria-pressed="${String(session.view === view)}">${view}</button>`)}
  ${SPEEDS.map((speed) => html`<button data-do="speed" data-to="${speed}" aria-pressed="${String(session.speed === speed)}">${speed}</button>`)}
  <select data-do="goto" aria-label="Go to a step">${talk.steps.map(({ id, title }) => html`<option value="${id}"${id === step.id ? html` selected` : ""}>${id} ${title}</option>`)}</select>
</nav>`;
}

function proposed(session: Session): Html {
  const proposal = session.pace.propose(session.index, session.skipped);
  if (!proposal) return html``;
  return html`<p class="late">Late. Leave out ${proposal.skip.join(" and ")}: +${minutes(proposal.wins)}${proposal.enough ? ", on time" : ", still late"} <button data-do="skip">leave out <kbd>s</kbd></button></p>`;
}

function commands(session: Session): Html {
  const { step, done, theatre } = session;
  if (step.commands.length === 0) return html``;
  return html`<h2>To run</h2><ol class="commands">${step.commands.map((command, index) => html`<li class="${index < done ? "done" : index === done ? "now" : ""}"><code>${prompt(theatre.shown(command))}</code></li>`)}</ol>`;
}

function sights({ step, seen }: Session): Html {
  if (step.sights.length === 0) return html``;
  return html`<h2>To be seen</h2><ul class="sights">${step.sights.map((sight, index) => {
    const found = seen[index];
    return html`<li class="${found ? (found.ok ? "ok" : "not") : ""}">${found?.ok ? "✓" : "·"} ${sight.note || sight.text}${found ? html` <i>${found.seen}</i>` : ""}${sight.note ? html`<br><small>${sight.text}</small>` : ""}</li>`;
  })}</ul>`;
}

function change(lines: readonly ChangedLine[]): Html {
  if (lines.length === 0) return html`<p class="small">No change to the program.</p>`;
  return html`<pre class="change">${lines.map(({ kind, text }) => html`<span class="${kind === "+" ? "add" : kind === "-" ? "del" : "same"}">${kind} ${text}\n</span>`)}</pre>`;
}

function nextChange(session: Session, following: Session["step"]): ChangedLine[] {
  if (!following.code) return [];
  const path = [...filesOf(following.code).keys()].find((one) => one.endsWith(`/${following.code?.file}`)) ?? "";
  const now = session.script.data.base[path] === undefined ? undefined : session.script.read(path);
  return changedLines(now ?? "", filesOf(following.code).get(path) ?? "", { around: AROUND }).filter(({ kind }) => now !== undefined || kind === "+");
}

function ghost(session: Session): ChangedLine[] {
  const shown = shownFile(session);
  return shown ? changedLines(shown.text, session.files.get(shown.path) ?? "", { around: AROUND }) : [];
}

/** `1:05` */
export function minutes(seconds: number): string {
  const whole = Math.round(Math.abs(seconds));
  return `${seconds < -0.5 ? "−" : ""}${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
