import type { Facts } from "#engine/pictures/picture.ts";
import type { FlightEvent } from "#engine/record/events.ts";
import { factsOf } from "../../web/live/facts.ts";
import { look, sceneOf, type Scene, type Seen } from "../stage/judge.ts";
import type { Playback } from "../stage/playback.ts";
import type { StageLine, Theatre } from "../stage/theatre.ts";
import type { Step, View } from "../text/parse.ts";
import { codeAt, filesOf, type Files } from "../text/states.ts";
import type { Talk } from "../text/talk.ts";
import type { Speed, Stop } from "./lay.ts";
import { Pace } from "./pace.ts";
import type { LaidStep, Script } from "./script.ts";

export interface SessionOptions {
  talk: Talk;
  theatre: Theatre;
  script: Script;
  /** The workshop's root: files of the presenter, recordings. */
  root: string;
  pace?: Pace;
  index?: number;
  /** Called after everything that the audience or the presenter can see. */
  changed?: () => void;
}

/** What happened last, for the desk. */
export interface News {
  text: string;
  /** Something the presenter has to know: an edit was replaced, a program did not start. */
  trouble?: boolean;
}

/** So many statements of the server's are kept for a picture. */
const MOST_FACTS = 500;

const SERVER_GONE: News = { text: "nats-server has ended. x starts it again, with this step's programs; or go on, and the next fresh step has its own.", trouble: true };

/** Where the talk stands: everything that stage and desk show. */
export class Standing {
  readonly talk: Talk;
  readonly theatre: Theatre;
  readonly script: Script;
  readonly pace: Pace;
  index: number;
  /** How many of the step's commands have run. */
  done = 0;
  view: View;
  speed: Speed = "at once";
  skipped: string[] = [];
  laid: LaidStep | undefined;
  news: News | undefined;
  /** What is to be seen of the step, as far as it is known. */
  seen: Seen[] = [];
  /** Set while a rehearsal is shown instead of the stage. */
  recording: Playback | undefined;
  /** Texts still to come, when a step is shown line by line. */
  typing: Stop[] = [];
  /** Actions under way or waiting: meanwhile the server may come and go. */
  protected acting = 0;
  /** Where what is seen of this step begins. */
  scene: Scene;
  /** When the step's server was opened, in milliseconds of the record: pictures begin there. */
  opened = 0;
  /** What the server has said of itself since then, whenever it was something new. */
  #facts: Facts[] = [];

  constructor({ talk, theatre, script, pace, index = 0 }: SessionOptions) {
    this.talk = talk;
    this.theatre = theatre;
    this.script = script;
    this.pace = pace ?? new Pace(talk.steps);
    this.index = index;
    this.view = this.step.view;
    this.scene = sceneOf(theatre);
  }

  get step(): Step {
    return this.talk.steps[this.index]!;
  }

  /** The files as this step wants them; none before the first step with code. */
  get files(): Files {
    const code = codeAt(this.talk.steps, this.index);
    return code ? filesOf(code) : new Map();
  }

  /** What the picture shows: events since the step's server was opened, or those of the recording. */
  get events(): readonly FlightEvent[] {
    return this.recording?.events ?? this.theatre.house.record.where(() => true, this.opened);
  }

  /** The clock of those events, in milliseconds. */
  get now(): number {
    return this.recording?.now ?? this.theatre.house.record.now();
  }

  /** What the server said of itself meanwhile. */
  get facts(): readonly Facts[] {
    return this.recording?.facts ?? this.#facts;
  }

  /** Looks at what is to be seen, once, without waiting. */
  async lookNow(): Promise<void> {
    if (this.theatre.house.server.state === "gone" && this.acting === 0 && !this.recording) this.news = SERVER_GONE;
    const facts = await factsOf(this.theatre.house.server, this.theatre.house.record.now());
    if (facts && JSON.stringify(facts.streams) !== JSON.stringify(this.#facts.at(-1)?.streams)) this.#facts = [...this.#facts.slice(-MOST_FACTS), facts];
    if (this.done === 0 || this.recording) return;
    const { scene } = this;
    const seen = await look(this.theatre, this.step.sights, scene);
    // Meanwhile another step may have begun.
    if (scene === this.scene) this.seen = seen;
  }

  /** The lines on the stage's terminal since the step's first command, or those of the recording. */
  get lines(): readonly StageLine[] {
    return this.recording?.lines ?? this.theatre.lines.filter(({ t }) => t >= this.scene.t);
  }

  /** The step's server was opened just now. */
  protected beginPicture(): void {
    this.opened = this.theatre.house.record.now();
    this.#facts = [];
  }

  /** A scene begins now: what is seen is counted from here. */
  beginScene(): void {
    this.scene = sceneOf(this.theatre);
  }
}
