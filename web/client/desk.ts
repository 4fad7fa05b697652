// The presenter's window: notes, commands, the next step's change, clock and pace.
import { find } from "./parts/dom.ts";
import { act, follow, listen, type TalkNews } from "./parts/talk.ts";

let last: TalkNews | undefined;
let heard = 0;
let shown = "";

follow("desk", (news) => {
  [last, heard] = [news, performance.now()];
  const desk = find("#desk");
  if (!desk || news.waiting) return;
  const top = find(".notes")?.scrollTop ?? 0;
  const same = desk.dataset.step === news.id;
  // What has not changed is not drawn again: a button that is being pressed stays where it is.
  if (news.desk !== shown && !(document.activeElement instanceof HTMLSelectElement)) desk.innerHTML = shown = news.desk;
  desk.dataset.step = news.id;
  const notes = find(".notes");
  if (notes && same) notes.scrollTop = top;
  const size = find("#size");
  if (size) size.dataset.seen = String(news.size !== undefined);
  if (size) size.textContent = news.size ? `stage ${news.size.width} × ${news.size.height}${news.size.ratio === 1 ? "" : `, ratio ${news.size.ratio}`}` : "no stage window";
  tick();
});
listen(() => last?.view ?? "slide");
setInterval(tick, 500);

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest<HTMLButtonElement>("button[data-do]") : null;
  if (button) void act(button.dataset.do ?? "", button.dataset.to);
});
document.addEventListener("change", (event) => {
  if (event.target instanceof HTMLSelectElement && event.target.dataset.do) {
    void act(event.target.dataset.do, event.target.value);
    event.target.blur();
  }
});
document.addEventListener("keydown", ({ key }) => {
  if (key === "+" || key === "-") resize(key === "+" ? 1.1 : 1 / 1.1);
});
resize(1);

/** The notes' size is remembered. */
function resize(by: number): void {
  const size = Math.min(3, Math.max(0.7, Number(localStorage.getItem("desk-size") ?? 1) * by));
  localStorage.setItem("desk-size", String(size));
  document.documentElement.style.setProperty("--notes", `${size}rem`);
}

/** Time goes on between two messages. */
function tick(): void {
  if (!last || last.waiting) return;
  const { pace, budget, total } = last;
  const since = pace.running ? (performance.now() - heard) / 1000 : 0;
  const inStep = pace.inStep + (pace.question ? 0 : since);
  const late = pace.late + (pace.question || inStep > budget ? since : 0);
  say("#clock", minutes(pace.elapsed + since), `of ${minutes(total)}`);
  say("#step", minutes(inStep), pace.question ? `of ${minutes(budget)}, question` : `of ${minutes(budget)} in this step`);
  const lateLine = find("#late");
  if (!lateLine) return;
  lateLine.textContent = !pace.running ? "not begun" : late > 5 ? `${minutes(late)} late` : late < -5 ? `${minutes(-late)} early` : "on time";
  lateLine.dataset.pace = !pace.running ? "" : late > 15 ? "late" : "fine";
}

function say(id: string, strong: string, rest: string): void {
  const [b, span] = [find(`${id} b`), find(`${id} span`)];
  if (b) b.textContent = strong;
  if (span) span.textContent = rest;
}

function minutes(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
