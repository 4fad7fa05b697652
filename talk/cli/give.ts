import { watch, type FSWatcher } from "chokidar";
import { join } from "node:path";
import { createColors } from "picocolors";
import { Refusal } from "#engine/files/refusal.ts";
import { openHouse } from "#engine/house/house.ts";
import { portsFrom } from "#engine/house/ports.ts";
import { findLesson } from "#engine/lessons/catalogue.ts";
import { openPool } from "#engine/programs/pool.ts";
import { warmBundler } from "#engine/programs/bundle.ts";
import { lookOf } from "#engine/report/terminal.ts";
import { isFree } from "#engine/server/ports.ts";
import { openSite } from "../../web/serve.ts";
import { talkSite } from "../../web/talk/routes.ts";
import { Pace } from "../session/pace.ts";
import { Script } from "../session/script.ts";
import { Session } from "../session/session.ts";
import { httpPort, Theatre } from "../stage/theatre.ts";
import { findStep, readTalk } from "../text/talk.ts";
import { keyFor, keyHelp, keysIn } from "./keys.ts";
import { noteRehearsal, readSaved, save } from "./saved.ts";
import { nextText, stepText } from "./told.ts";

/** How the talk is given. */
export interface GiveOptions {
  root: string;
  port?: number;
  /** Begin with this step. */
  step?: string;
  /** The audience sees this terminal: it tells no notes. */
  oneScreen?: boolean;
}

/** How often the windows are drawn again while programs run, in milliseconds. */
const DRAW_MS = 150;
/** Pictures go on moving, and counts may still change, for so long after the last event or line. Milliseconds. */
const MOVES_MS = 2_500;

/** Gives the talk: house, stage and desk, and the keys of this terminal, until Ctrl-C. Throws a `Refusal` where the house cannot be opened. */
export async function giveTalk({ root, port, step, oneScreen = false }: GiveOptions): Promise<void> {
  const talk = readTalk();
  const saved = readSaved(root);
  const index = findStep(talk, step ?? saved?.step ?? talk.steps[0]!.id);
  await mustHaveHttp(port);
  const site = talkSite();
  const { listener } = openSite([site.part, (app) => app.get("/", (c) => c.redirect("/desk"))]);
  await using house = await openHouse({ lesson: await findLesson("1"), command: "run talk", page: listener, ...(port === undefined ? {} : { port }) });
  await using pool = await openPool(3);
  void warmBundler();
  await using theatre = new Theatre({ house, pool });
  const pace = new Pace(talk.steps, saved ? { data: saved.pace } : {});
  const session = new Session({ talk, theatre, script: new Script(root, saved?.script), root, pace, index, changed: () => teller.tell() });
  session.skipped = saved?.skipped ?? [];
  const teller = new Teller(session, { site, root, notes: !oneScreen });
  await using watching = watchFiles(root, () => site.changed());
  void watching;
  await session.begin();
  site.inhabit(session);
  teller.open(house.pageUrl);
  const drawing = setInterval(() => void teller.draw(), DRAW_MS);
  await keysUntilQuit(session, teller);
  clearInterval(drawing);
  await teller.saved();
  if (session.index === talk.steps.length - 1) await noteTheEnd(root, session);
  console.log(`\n  Closed at ${session.step.id}. npm run talk goes on there; npm run talk -- end puts your files back as they were.`);
}

/** Throws a `Refusal` when another program has the port of the shop's front door. */
async function mustHaveHttp(port: number | undefined): Promise<void> {
  const http = httpPort(portsFrom(port));
  if (await isFree(http)) return;
  throw new Refusal(`Cannot give the talk as port ${http} must be free for the shop's front door: another program listens on it.`, `npm run talk -- --port ${(port ?? portsFrom().clients) + 100}`);
}

/** The talk was given to its last step: its times are a rehearsal's, and the next talk has a clock of its own. */
async function noteTheEnd(root: string, session: Session): Promise<void> {
  session.pace.enter(session.step.id);
  noteRehearsal(root, session.pace.data);
  session.pace.reset();
  await save(root, session);
}

/** Tells the terminal and the windows what has changed, and keeps where the talk stands. */
class Teller {
  readonly #session: Session;
  readonly #site: ReturnType<typeof talkSite>;
  readonly #root: string;
  readonly #notes: boolean;
  #told = "";
  #next = "";
  #news = "";
  #saving: Promise<void> = Promise.resolve();
  #last = "";
  #movedAt = 0;
  #drawing = false;

  constructor(session: Session, { site, root, notes }: { site: ReturnType<typeof talkSite>; root: string; notes: boolean }) {
    this.#session = session;
    this.#site = site;
    this.#root = root;
    this.#notes = notes;
    session.theatre.on(({ program, text, stream }) => {
      const c = createColors(lookOf(process.stdout).colour);
      say(stream === "command" ? `  ${c.cyan(text.startsWith("world: ") ? text : `$ ${text}`)}` : `  ${c.dim(`${program} |`)} ${text}`);
      this.#site.changed();
    });
  }

  open(page: string): void {
    const keys = process.stdin.isTTY ? keyHelp() : ["  This is no terminal, so it hears no keys: press them in one of the two windows."];
    say([`\n  Stage  ${page}stage   what the audience sees`, `  Desk   ${page}desk   notes, clock, next step`, "", ...keys].join("\n"));
    this.tell();
  }

  tell(): void {
    const { step, news } = this.#session;
    const look = lookOf(process.stdout);
    const next = nextText(this.#session, look.colour).join("\n");
    if (step.id !== this.#told) say(stepText(this.#session, { ...look, notes: this.#notes }));
    else if (next !== this.#next) say(next);
    if (news && news.text !== this.#news) say(`  ${news.text}`);
    [this.#told, this.#next, this.#news] = [step.id, next, news?.text ?? ""];
    this.#site.changed();
    this.#saving = this.#saving.then(() => save(this.#root, this.#session));
  }

  /** Draws the windows again while something moves. */
  async draw(): Promise<void> {
    const { events, theatre, recording, news } = this.#session;
    const now = `${events.length} ${theatre.lines.length} ${theatre.names.join(" ")} ${theatre.house.server.state}`;
    if (now !== this.#last || recording) [this.#last, this.#movedAt] = [now, performance.now()];
    if (this.#drawing || performance.now() - this.#movedAt > MOVES_MS) return;
    this.#drawing = true;
    await this.#session.lookNow().catch(() => {});
    this.#drawing = false;
    if (this.#session.news === news) this.#site.changed();
    else this.tell();
  }

  saved(): Promise<void> {
    return this.#saving;
  }
}

function watchFiles(root: string, changed: () => void): FSWatcher & AsyncDisposable {
  const watcher = watch(join(root, "lessons"), { ignoreInitial: true }).on("all", changed);
  return Object.assign(watcher, { [Symbol.asyncDispose]: () => watcher.close() });
}

async function keysUntilQuit(session: Session, teller: Teller): Promise<void> {
  await new Promise<void>((quit) => {
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => quit());
    const input = process.stdin;
    if (input.isTTY) input.setRawMode(true);
    input.setEncoding("utf8").resume();
    input.on("data", (text: string) => {
      for (const code of keysIn(text)) {
        if (code === "\u0003" || code === "\u0004") return quit();
        // What went wrong is news of the session.
        void Promise.resolve(keyFor(code)?.act(session)).catch(() => {}).then(() => teller.tell());
      }
    });
    process.once("exit", () => input.isTTY && input.setRawMode(false));
  });
  process.stdin.pause();
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
