import type { ListeningDoor } from "./door.ts";
import { ActiveFault, type FaultHost } from "./faults.ts";
import type { LiveLink } from "./link.ts";

/** Cuts connections, and with `refuse` keeps the doors shut behind them. */
export class CutFault extends ActiveFault {
  readonly #refuse: boolean;
  #shut: ListeningDoor[] = [];

  constructor(host: FaultHost, options: { program?: string; life?: number; refuse?: boolean }) {
    super(host, options.refuse ? "cut and refuse" : "cut", options);
    this.#refuse = options.refuse === true;
  }

  /** Shuts the doors, then cuts what stands. */
  strikeAll(links: LiveLink[], doors: ListeningDoor[]): void {
    for (const door of doors) this.meet(door);
    for (const link of links) if (link.open && this.covers(link)) this.#cut(link);
    if (!this.#refuse) void this.undo();
  }

  /** A door is there: it is shut if all who come through it are meant. */
  meet(door: ListeningDoor): void {
    if (!this.#refuse || !this.#isFor(door)) return;
    door.refuse();
    this.#shut.push(door);
  }

  /** A connection without identity has told its name: that is the first moment it can be refused. */
  named(link: LiveLink): void {
    if (this.#refuse && !this.over && this.covers(link)) this.#cut(link);
  }

  override async undo(): Promise<void> {
    await super.undo();
    await Promise.all(this.#shut.splice(0).map((door) => door.accept()));
  }

  #cut(link: LiveLink): void {
    this.strike();
    link.cut();
  }

  #isFor({ options: { as } }: ListeningDoor): boolean {
    const { program, life } = this.options;
    if (program === undefined && life === undefined) return true;
    return as !== undefined && this.means(as);
  }
}
