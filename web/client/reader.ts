// The script of a lesson's page: keys, buttons, checks that tick, search, predictions, and the picture.
import { ask, type Answer } from "./parts/ask.ts";
import { liveChecks } from "./parts/checks.ts";
import { copyButtons } from "./parts/copy.ts";
import { all, find, notice, panel } from "./parts/dom.ts";
import { keysAreOn, listenForKeys, turnKeys, type PageKey } from "./parts/keys.ts";
import { size, turnTheme } from "./parts/look.ts";
import { livePicture } from "./parts/picture.ts";
import { predictions } from "./parts/predict.ts";
import { searchBox } from "./parts/search.ts";
import { Stream } from "./parts/stream.ts";

const lesson = document.body.dataset.lesson ?? "";

const ACTS: Record<string, () => void> = {
  check: () => void act("check"),
  hint: () => void act("hint"),
  compare: () => {
    const passed = find('[data-do="compare"]')?.dataset.passed === "true";
    if (passed || confirm("This shows the solution, and the lesson has not passed yet. Show it?")) void act("compare");
  },
  reset: () => { if (confirm("This lays the starter again. Your text is kept, and Undo brings it back.")) void act("reset"); },
  undo: () => void act("undo"),
  smaller: () => size(-1),
  larger: () => size(1),
  theme: turnTheme,
  help,
  menu: () => void document.body.classList.toggle("menu"),
};

const KEYS: PageKey[] = [
  { key: "c", says: "check this lesson", act: () => ACTS.check?.() },
  { key: "h", says: "the next hint", act: () => ACTS.hint?.() },
  { key: "d", says: "yours beside the solution", act: () => ACTS.compare?.() },
  { key: "x", says: "lay the starter again; your text is kept", act: () => ACTS.reset?.() },
  { key: "u", says: "undo the last reset", act: () => ACTS.undo?.() },
  { key: "n", says: "the next lesson", act: () => find<HTMLAnchorElement>('a[rel="next"]')?.click() },
  { key: "p", says: "the lesson before", act: () => find<HTMLAnchorElement>('a[rel="prev"]')?.click() },
  { key: "/", says: "search", act: search },
  { key: "?", says: "these keys", act: help },
];

function search(): void {
  document.body.classList.add("menu");
  find("#find")?.focus();
}

async function act(action: string): Promise<void> {
  show(await ask(action, { lesson }));
}

function show({ title, html, says, error }: Answer): void {
  if (error) notice(error.text, error.next);
  else if (says) notice(says);
  if (title && html !== undefined) panel(title, html);
}

function help(): void {
  const rows = KEYS.map(({ key, says }) => `<tr><th scope="row"><kbd>${key}</kbd></th><td>${says}</td></tr>`).join("");
  panel("Keys", `<table>${rows}</table><p><label><input type="checkbox" id="keys-on"${keysAreOn() ? " checked" : ""}> Single keys do something</label></p><p>Tab goes from one thing to the next, Enter or the space bar uses it, Escape closes this.</p>`);
  find<HTMLInputElement>("#keys-on")?.addEventListener("change", (event) => turnKeys((event.target as HTMLInputElement).checked));
}

for (const button of all<HTMLButtonElement>("[data-do]")) button.addEventListener("click", () => ACTS[button.dataset.do ?? ""]?.());
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[data-file]") : null;
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  void ask("edit", { file: link.dataset.file }).then(show);
});
listenForKeys(KEYS);
copyButtons();
searchBox();
predictions(lesson);
const stream = new Stream("/events");
liveChecks(stream, lesson);
stream.on("cut", () => notice("The workshop does not answer. Is it still open in its terminal?", "npm start"));
stream.on("connected", () => { if (find("#notice")?.textContent?.startsWith("The workshop does not answer")) notice(""); });
stream.open();
document.documentElement.classList.add("scripted");
livePicture(lesson, document.body.dataset.live === "true");
