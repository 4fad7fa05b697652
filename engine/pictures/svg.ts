/** Attributes of an element; an absent one is left out. */
type Attributes = Record<string, string | number | undefined>;

/** A text that is only ever text, wherever it stands in markup. */
export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;").replaceAll("'", "&#39;");
}

/** One element. Attributes are escaped; `inner` is markup that is made of elements. */
export function element(name: string, attributes: Attributes, inner = ""): string {
  const written = Object.entries(attributes).filter(([, value]) => value !== undefined).map(([key, value]) => ` ${key}="${escaped(String(typeof value === "number" ? round(value) : value))}"`);
  return `<${name}${written.join("")}>${inner}</${name}>`;
}

/** A line of text with its baseline at `y`, cut to `room` letters where that is given; all of it is in its title then. */
export function words(x: number, y: number, text: string, { look = "", anchor, room = Infinity }: { look?: string; anchor?: "start" | "middle" | "end"; room?: number } = {}): string {
  const cut = text.length > room ? `${text.slice(0, Math.max(1, room - 1))}…` : text;
  const title = cut === text ? "" : element("title", {}, escaped(text));
  return element("text", { x, y, class: look || undefined, "text-anchor": anchor }, title + escaped(cut));
}

/** A box with round corners. */
export function box(x: number, y: number, width: number, height: number, look: string): string {
  return element("rect", { x, y, width: Math.max(0, width), height: Math.max(0, height), rx: 4, class: look });
}

/** A dot. */
export function dot(x: number, y: number, r: number, look: string): string {
  return element("circle", { cx: x, cy: y, r, class: look });
}

/** A straight line. */
export function stroke(x1: number, y1: number, x2: number, y2: number, look: string): string {
  return element("line", { x1, y1, x2, y2, class: look });
}

/** A line through points, not filled. */
export function polyline(points: readonly (readonly [number, number])[], look: string): string {
  return element("polyline", { points: points.map(([x, y]) => `${round(x)},${round(y)}`).join(" "), class: look });
}

/** How much of a time is left, as a bar that runs down, with the seconds beside it. */
export function countdown(x: number, y: number, { left, of, width }: { left: number; of: number; width: number }): string {
  const part = of <= 0 ? 0 : Math.max(0, Math.min(1, left / of));
  return box(x, y, width, 6, "track") + box(x, y, width * part, 6, "wait") + words(x + width + 6, y + 7, left > 0 ? `${(left / 1_000).toFixed(1)} s` : "over", { look: "small" });
}

/** A whole drawing; `alt` says in one sentence what it shows. */
export function drawing(width: number, height: number, alt: string, parts: readonly string[]): string {
  return element("svg", { xmlns: "http://www.w3.org/2000/svg", viewBox: `0 0 ${round(width)} ${round(height)}`, role: "img", "aria-label": alt, class: "drawing" }, parts.join(""));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
