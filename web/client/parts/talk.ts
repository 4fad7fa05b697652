import { find } from "./dom.ts";
import { Stream } from "./stream.ts";

/** What the talk's server says with every change. Seconds. */
export interface TalkNews {
  waiting?: true;
  id: string;
  view: string;
  /** HTML that the server has escaped. */
  stage: string;
  desk: string;
  pace: { elapsed: number; left: number; inStep: number; late: number; question: boolean; running: boolean };
  budget: number;
  total: number;
  size?: { width: number; height: number; ratio: number };
}

/** Follows the talk as stage or desk; a window that was cut off shows it, and goes on when the talk does. */
export function follow(window: "stage" | "desk", show: (news: TalkNews) => void, connected = () => {}): void {
  const cut = find("#cut");
  new Stream(`/talk/events?window=${window}`)
    .on<TalkNews>("talk", (news) => show(news))
    .on("connected", () => {
      if (cut) cut.hidden = true;
      connected();
    })
    .on("cut", () => { if (cut) cut.hidden = false; })
    .open();
}

/** Asks for an action of the talk. The token changes when the talk is started anew: then the page is loaded again. */
export async function act(action: string, to?: unknown): Promise<void> {
  const token = document.querySelector<HTMLMetaElement>('meta[name="token"]')?.content ?? "";
  const response = await fetch(`/talk/do/${action}`, { method: "POST", headers: { "content-type": "application/json", "x-workshop-token": token }, body: JSON.stringify({ to }) }).catch(() => undefined);
  if (response?.status === 403) location.reload();
}

const KEYS: Record<string, string> = {
  ArrowRight: "next", PageDown: "next", " ": "next", Enter: "next", n: "next",
  ArrowLeft: "back", PageUp: "back", p: "back",
  q: "question", s: "skip", x: "panic",
};
const VIEWS = ["slide", "code", "terminal", "picture"];

/** Keys of both windows, and of a clicker: PageDown and PageUp, b for the slide. */
export function listen(view: () => string): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const at = event.target;
    if (at instanceof HTMLSelectElement || (at instanceof HTMLButtonElement && (event.key === " " || event.key === "Enter"))) return;
    const action = KEYS[event.key];
    if (action) void act(action);
    else if (event.key === "v") void act("view", VIEWS[(VIEWS.indexOf(view()) + 1) % VIEWS.length]);
    else if (event.key === "b") void act("view", "slide");
    else return;
    event.preventDefault();
  });
}
