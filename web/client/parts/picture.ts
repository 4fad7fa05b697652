import { ask, type Answer } from "./ask.ts";
import { Canvas } from "./canvas.ts";
import { all, find, make, notice } from "./dom.ts";
import { Stream } from "./stream.ts";
import type { Input } from "#engine/pictures/picture.ts";

interface StateNews {
  live: boolean;
  lesson?: string;
  running: string[];
}

/** Brings a lesson's picture to life: what it shows, of which programs, and the faults one may cause. */
export function livePicture(lesson: string, isLive: boolean): void {
  const panel = find("section.picture");
  if (!panel) return;
  const canvas = new Canvas(panel);
  const source = find<HTMLSelectElement>('[data-choose="source"]', panel);
  let stream: Stream | undefined;
  const connect = () => {
    stream?.close();
    stream = undefined;
    if (source?.value === "sample") return void recording(canvas, panel.dataset.picture ?? "");
    stream = new Stream(source?.value === "check" ? `/events?check=${encodeURIComponent(lesson)}` : "/events?flight=1");
    canvas.listen(stream);
    stream.on<StateNews>("state", (state) => told(panel, state, lesson));
    stream.on<{ program: string; text: string }>("printed", ({ program, text }) => printed(panel, `${program} | ${text}`));
    stream.on<{ text: string; next: string }>("trouble", ({ text, next }) => notice(text, next));
    stream.open();
  };
  if (source && !isLive) source.value = "check";
  source?.addEventListener("change", connect);
  find<HTMLSelectElement>('[data-choose="picture"]', panel)?.addEventListener("change", (event) => {
    canvas.show((event.target as HTMLSelectElement).value);
    if (source?.value === "sample") connect();
  });
  buttons(panel, lesson);
  connect();
}

async function recording(canvas: Canvas, id: string): Promise<void> {
  const story = (await fetch(`/samples/${encodeURIComponent(id)}.json`).then((response) => response.json())) as Input[];
  canvas.play(story);
}

function buttons(panel: HTMLElement, lesson: string): void {
  const number = (selector: string) => Number(find<HTMLInputElement>(selector, panel)?.value ?? 1);
  const on = (selector: string, act: () => Promise<Answer>) => {
    for (const button of all(selector, panel)) button.addEventListener("click", () => void act().then((answer) => answered(panel, answer)));
  };
  on("[data-run]", () => ask("run", { copies: number("[data-copies]") }));
  on("[data-stop]", () => ask("stop"));
  on("[data-orders]", () => ask("orders", { count: number("[data-count]") }));
  on("[data-open]", () => ask("open", { lesson }));
  for (const button of all("[data-fault]", panel)) {
    button.addEventListener("click", () => {
      const program = find<HTMLSelectElement>("[data-program]", panel)?.value;
      void ask("fault", { fault: button.dataset.fault, ...(program ? { program } : {}) }).then((answer) => answered(panel, answer));
    });
  }
}

function answered(panel: HTMLElement, { says, error }: Answer): void {
  if (error) notice(error.text, error.next);
  if (says) just(panel, says);
}

function just(panel: HTMLElement, text: string): void {
  const place = find("[data-just]", panel);
  if (place) place.textContent = text;
}

/** The newest line that a program has printed. */
function printed(panel: HTMLElement, text: string): void {
  const place = find("[data-printed]", panel);
  if (place) place.textContent = text;
}

/** Which programs run, and whether the house is at this lesson. */
function told(panel: HTMLElement, { live, lesson: at, running }: StateNews, lesson: string): void {
  const elsewhere = live && at !== undefined && at !== lesson;
  for (const button of all<HTMLButtonElement>("[data-run], [data-orders]", panel)) button.disabled = elsewhere;
  const open = find("[data-open]", panel);
  if (open) open.hidden = !elsewhere;
  const select = find<HTMLSelectElement>("[data-program]", panel);
  if (!select) return;
  const chosen = select.value;
  select.replaceChildren(...running.map((name) => make("option", { text: name, value: name })));
  if (running.includes(chosen)) select.value = chosen;
  for (const button of all<HTMLButtonElement>('[data-fault="kill"], [data-fault="cut"]', panel)) button.disabled = running.length === 0;
}
