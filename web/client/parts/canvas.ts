import { pictureOf } from "#engine/pictures/catalogue.ts";
import { seenAs, type Input } from "#engine/pictures/picture.ts";
import type { FlightNews } from "../../live/feed.ts";
import { all, find, make } from "./dom.ts";
import { Player, type Mode } from "./player.ts";
import type { Stream } from "./stream.ts";

/** The shortest time between two drawings, and between two of the table, in milliseconds. */
const FRAME_MS = 50;
const TABLE_MS = 500;

/** Draws a live picture into its panel, and lets time be stopped, slowed and stepped through. */
export class Canvas {
  readonly #panel: HTMLElement;
  readonly #player: Player;
  readonly #motion = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  #drawn = "";
  #frameAt = 0;
  #tableAt = 0;
  #frames = 0;

  constructor(panel: HTMLElement) {
    this.#panel = panel;
    this.#player = new Player(pictureOf(panel.dataset.picture) ?? pictureOf("hearing")!);
    for (const button of all<HTMLButtonElement>("[data-time]", panel)) button.addEventListener("click", () => this.#time(button.dataset.time ?? ""));
    requestAnimationFrame(this.#frame);
  }

  /** Takes what a stream sends. */
  listen(stream: Stream): void {
    stream.on<FlightNews>("flight", ({ events, now, reset = false }) => this.take(events, now, reset));
  }

  take(events: readonly Input[], now: number, reset: boolean): void {
    this.#player.take(events, { now, here: performance.now(), reset });
    this.#say();
  }

  /** Plays a story that is over, from its beginning. */
  play(events: readonly Input[]): void {
    this.take(events, events.at(-1)?.t ?? 0, true);
    this.#time("play");
  }

  /** Shows another picture of the same moment. */
  show(id: string): void {
    const picture = pictureOf(id);
    if (!picture) return;
    this.#player.show(picture);
    this.#panel.dataset.picture = id;
    const [title, looks] = [find("h2", this.#panel), find("[data-looks]", this.#panel)];
    if (title) title.textContent = picture.title;
    if (looks) looks.textContent = picture.looks;
    this.#tableAt = 0;
  }

  /** Drawings so far: the tests measure how often it draws. */
  get frames(): number {
    return this.#frames;
  }

  #time(what: string): void {
    if (what === "play") this.#player.start();
    else if (what === "back" || what === "forward") this.#player.step(what === "back" ? -1 : 1);
    else this.#player.set(({ pause: "paused", slow: "slow", live: "live" } as Record<string, Mode>)[what] ?? "live");
    this.#tableAt = 0;
    this.#say();
  }

  readonly #frame = (here: number): void => {
    requestAnimationFrame(this.#frame);
    if (here - this.#frameAt < FRAME_MS) return;
    this.#player.tick(here, here - this.#frameAt);
    this.#frameAt = here;
    this.#draw();
    if (here - this.#tableAt < TABLE_MS) return;
    this.#tableAt = here;
    this.#table();
    this.#say();
  };

  #draw(): void {
    const canvas = find("[data-canvas]", this.#panel);
    if (!canvas) return;
    const width = Math.max(320, Math.min(1_100, canvas.clientWidth || 800));
    const { picture, state, now } = this.#player;
    const markup = picture.draw(state, { now, width, motion: this.#motion });
    if (markup === this.#drawn) return;
    this.#drawn = markup;
    this.#frames++;
    canvas.innerHTML = markup;
  }

  #table(): void {
    const place = find("[data-table]", this.#panel);
    if (!place || !find<HTMLDetailsElement>("details.twin", this.#panel)?.open) return;
    const { head, rows } = this.#player.picture.table(this.#player.state, this.#player.now);
    const table = make("table");
    table.createTHead().insertRow().append(...head.map((text) => make("th", { text, scope: "col" })));
    const body = table.createTBody();
    for (const row of rows) body.insertRow().append(...row.map((text) => make("td", { text })));
    place.replaceChildren(table);
  }

  #say(): void {
    const { mode, place, newest, now } = this.#player;
    for (const button of all("[data-time][aria-pressed]", this.#panel)) button.setAttribute("aria-pressed", String(button.dataset.time === (mode === "paused" ? "pause" : mode)));
    const [where, seen] = [find("[data-place]", this.#panel), find("[data-newest]", this.#panel)];
    if (where) where.textContent = `${(now / 1_000).toFixed(2)} s · event ${place.at} of ${place.of}`;
    if (seen) seen.textContent = newest && newest.kind !== "facts" ? `${newest.program ?? ""} · ${seenAs(newest)}` : "";
  }
}
