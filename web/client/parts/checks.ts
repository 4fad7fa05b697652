import type { Progress } from "#engine/progress/progress.ts";
import type { CheckNews } from "../../live/news.ts";
import { all, find, notice } from "./dom.ts";
import type { Stream } from "./stream.ts";

interface VerdictNews {
  lesson: string;
  outcome: string;
  seconds: number;
  measured: string;
  error?: string;
}

/** Keeps the checks beside the text as the checks of the terminal come out, and the contents as progress does. */
export function liveChecks(stream: Stream, lesson: string): void {
  stream.on<{ lesson: string }>("checking", (news) => { if (news.lesson === lesson) begin(); });
  stream.on<CheckNews>("check", (news) => { if (news.lesson === lesson) tick(news); });
  stream.on<VerdictNews>("verdict", (news) => { if (news.lesson === lesson) end(news); });
  stream.on<Progress>("progress", mark);
}

function begin(): void {
  for (const item of all("[data-check]")) set(item, { outcome: "running", sign: "…", word: "" });
  say("Checking…", "running");
}

function tick(news: CheckNews): void {
  const item = find(`[data-check="${CSS.escape(news.id)}"]`);
  if (!item) return;
  set(item, news);
  const story = find(".story", item);
  if (story) story.innerHTML = news.story;
}

function set(item: HTMLElement, { outcome, sign, word }: Pick<CheckNews, "outcome" | "sign" | "word">): void {
  item.dataset.outcome = outcome;
  const [mark, text] = [find(".sign", item), find(".word", item)];
  if (mark) mark.textContent = sign;
  if (text) text.textContent = word;
}

function end({ outcome, seconds, measured, error }: VerdictNews): void {
  const place = find("[data-measured]");
  const words = place && find("span", place);
  if (place && words && measured !== "") [place.hidden, words.textContent] = [false, measured];
  if (error) notice(error);
  const failed = find('[data-outcome="failed"]');
  const said = outcome === "passed" ? `Passed in ${seconds.toFixed(1)} s` : outcome === "failed" ? "Not yet" : "The check itself broke";
  say(said, outcome, failed ? `#${failed.id}` : undefined);
  if (outcome === "passed") for (const answer of all<HTMLDetailsElement>("details.answer")) answer.open = true;
  const asked = find<HTMLButtonElement>('[data-do="compare"]');
  if (asked && outcome === "passed") asked.dataset.passed = "true";
}

function say(text: string, outcome: string, link?: string): void {
  const place = find("#verdict");
  if (!place) return;
  place.dataset.outcome = outcome;
  place.replaceChildren(text);
  if (!link) return;
  const anchor = document.createElement("a");
  anchor.href = link;
  anchor.textContent = "show me";
  place.append(" · ", anchor);
}

function mark({ lessons }: Progress): void {
  for (const item of all<HTMLLIElement>("[data-lesson][data-state]")) {
    const mine = lessons[item.dataset.lesson ?? ""];
    const [sign, word, state] = mine?.passedAt ? ["✓", ", passed", "passed"] : mine && mine.tries > 0 ? ["…", ", begun", "begun"] : ["·", "", "new"];
    item.dataset.state = state;
    const [shown, said] = [find(".mark", item), find(".state", item)];
    if (shown) shown.textContent = sign;
    if (said) said.textContent = word;
  }
}
