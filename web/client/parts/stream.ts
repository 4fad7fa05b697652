type Handler = (data: never) => void;

/**
 * The page's one stream of events. It is closed while the page is hidden, so that many tabs do not use up the browser's
 * connections, and opened again with everything that is true then.
 */
export class Stream {
  readonly #address: string;
  readonly #handlers = new Map<string, Handler[]>();
  #source: EventSource | undefined;

  constructor(address: string) {
    this.#address = address;
    document.addEventListener("visibilitychange", this.#seen);
  }

  /** Calls `handler` with the data of each message of a type. */
  on<T>(type: string, handler: (data: T) => void): this {
    this.#handlers.set(type, [...(this.#handlers.get(type) ?? []), handler as Handler]);
    return this;
  }

  /** Connects; the browser connects again by itself whenever the stream breaks. */
  open(): void {
    if (this.#source) return;
    this.#source = new EventSource(this.#address);
    this.#source.addEventListener("open", () => this.#tell("connected", {}));
    this.#source.addEventListener("error", () => this.#tell("cut", {}));
    for (const type of this.#handlers.keys()) this.#source.addEventListener(type, (event) => { if (event instanceof MessageEvent) this.#tell(type, JSON.parse(String(event.data))); });
  }

  /** Ends it for good. */
  close(): void {
    document.removeEventListener("visibilitychange", this.#seen);
    this.#leave();
  }

  readonly #seen = (): void => (document.hidden ? this.#leave() : this.open());

  #leave(): void {
    this.#source?.close();
    this.#source = undefined;
  }

  #tell(type: string, data: unknown): void {
    for (const handler of this.#handlers.get(type) ?? []) handler(data as never);
  }
}
