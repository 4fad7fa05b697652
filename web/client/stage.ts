// The audience's window: one thing, as large as the screen.
import { all, find } from "./parts/dom.ts";
import { act, follow, listen } from "./parts/talk.ts";

let view = "slide";
let shown = "";
let resized = 0;

follow("stage", (news) => {
  const stage = find("#stage");
  if (!stage || news.waiting || news.stage === shown) return;
  [view, shown] = [news.view, news.stage];
  stage.innerHTML = news.stage;
  document.body.dataset.view = news.view;
  fit();
}, tellSize);
listen(() => view);
addEventListener("resize", () => {
  fit();
  clearTimeout(resized);
  resized = window.setTimeout(tellSize, 100);
});

/** Shares of the size at which 72 columns fill the window. */
const SIZES = [1, 0.85, 0.7];

/** A program is so large that its largest stretch of new lines is to be seen at once. */
function aim(): void {
  const program = find(".program");
  if (!program) return;
  for (const size of SIZES) {
    program.style.setProperty("--fit", String(size));
    const stretch = largestStretch();
    if (program.scrollWidth > program.clientWidth || (stretch && stretch.height > program.clientHeight * 0.94)) continue;
    return show(program, stretch);
  }
  show(program, largestStretch());
}

/** The largest stretch of new lines stands in the middle, and one that is larger than the window begins near its top. Pixels. */
function show(program: HTMLElement, stretch: ReturnType<typeof largestStretch>): void {
  if (stretch) program.scrollTop = stretch.top - program.offsetTop - Math.max(program.clientHeight * 0.06, (program.clientHeight - stretch.height) / 2);
}

/** Where the largest stretch of new lines is, and how high; undefined when no line is new. */
function largestStretch(): { top: number; height: number } | undefined {
  const marked = all(".line.new");
  const fresh = marked.length > 0 ? marked : all(".line.look");
  if (fresh.length === 0) return undefined;
  const groups = fresh.reduce<HTMLElement[][]>((some, line) => {
    const group = some.at(-1);
    const last = group?.at(-1);
    if (group && last && line.offsetTop - last.offsetTop < 4 * line.offsetHeight) group.push(line);
    else some.push([line]);
    return some;
  }, []);
  const largest = groups.reduce((best, group) => (group.length > best.length ? group : best));
  const [first, last] = [largest[0]!, largest.at(-1)!];
  return { top: first.offsetTop, height: last.offsetTop + last.offsetHeight - first.offsetTop };
}

/** A slide's words are as large as the window allows, and no larger than they look well. */
function fit(): void {
  aim();
  const words = find(".slide .words");
  if (!words) return;
  for (let size = 4; size >= 1.2; size -= 0.1) {
    words.style.fontSize = `${size}vw`;
    if ([words, ...all("pre", words)].every((one) => one.scrollHeight <= one.clientHeight && one.scrollWidth <= one.clientWidth)) return;
  }
}

function tellSize(): void {
  void act("size", { width: innerWidth, height: innerHeight, ratio: devicePixelRatio });
}
