// The audience's window: one thing, as large as the screen.
import { all, find } from "./parts/dom.ts";
import { act, follow, listen } from "./parts/talk.ts";

let view = "slide";
let shown = "";

follow((news) => {
  const stage = find("#stage");
  if (!stage || news.waiting || news.stage === shown) return;
  [view, shown] = [news.view, news.stage];
  stage.innerHTML = news.stage;
  document.body.dataset.view = news.view;
  fit();
});
listen(() => view);
addEventListener("resize", () => {
  fit();
  tellSize();
});
tellSize();

/** The largest stretch of new lines stands in the upper third, or in the middle where it is short. */
function aim(): void {
  const program = find(".program");
  const fresh = all(".line.new");
  if (!program || fresh.length === 0) return;
  const groups = fresh.reduce<HTMLElement[][]>((some, line) => {
    const group = some.at(-1);
    const last = group?.at(-1);
    if (group && last && line.offsetTop - last.offsetTop < 4 * line.offsetHeight) group.push(line);
    else some.push([line]);
    return some;
  }, []);
  const largest = groups.reduce((best, group) => (group.length > best.length ? group : best));
  const [first, last] = [largest[0]!, largest.at(-1)!];
  const height = last.offsetTop + last.offsetHeight - first.offsetTop;
  const above = Math.max(program.clientHeight * 0.12, (program.clientHeight - height) / 2);
  program.scrollTop = first.offsetTop - program.offsetTop - above;
}

/** A slide's words are as large as the window allows, and no larger than they look well. */
function fit(): void {
  aim();
  const words = find(".slide .words");
  if (!words) return;
  for (let size = 4; size >= 1.2; size -= 0.1) {
    words.style.fontSize = `${size}vw`;
    if (words.scrollHeight <= words.clientHeight && words.scrollWidth <= words.clientWidth) return;
  }
}

function tellSize(): void {
  void act("size", { width: innerWidth, height: innerHeight, ratio: devicePixelRatio });
}
