import { html } from "hono/html";
import { z } from "zod";
import type { Session } from "../../talk/session/session.ts";
import { events, type Message } from "../hub.ts";
import { page, type Html } from "../layout.ts";
import type { Part } from "../serve.ts";
import { deskView } from "./desk-view.ts";
import { stageView } from "./stage-view.ts";

/** The size of the audience's window, as its page tells it. */
export interface StageSize {
  width: number;
  height: number;
  ratio: number;
}

/** The talk's two windows, and what stands behind them. */
export interface TalkSite {
  readonly part: Part;
  /** The talk begins: pages that were open before show it now. */
  inhabit(session: Session): void;
  /** Something has changed: both windows are drawn again, at most ten times a second. */
  changed(): void;
  /** What the stage's window last said of itself. */
  readonly stage: StageSize | undefined;
}

const DRAW_MS = 100;
const VIEWS = z.enum(["slide", "code", "terminal", "picture"]);
const SPEEDS = z.enum(["at once", "line by line", "typed"]);
const SIZE = z.object({ width: z.number(), height: z.number(), ratio: z.number() });

/** Opens stage and desk as a part of the site. Requests name an action of the talk, never a command. */
export function talkSite(): TalkSite {
  let session: Session | undefined;
  let stage: StageSize | undefined;
  let stages = 0;
  let tell = () => {};
  let timer: NodeJS.Timeout | undefined;
  const soon = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      tell();
    }, DRAW_MS);
  };
  const part: Part = (app, { hub, token }) => {
    tell = () => void draw(session, stage).then((message) => hub.publish(message.type, message.data));
    app.get("/stage", (c) => c.html(page({ title: "Stage", script: "stage", styles: ["code", "pictures", "stage"], token, body: html`<main id="stage" tabindex="-1"></main><p id="cut" hidden>The talk is closed: npm run talk</p>` })));
    app.get("/desk", (c) => c.html(page({ title: "Desk", script: "desk", styles: ["code", "desk"], token, body: DESK })));
    app.get("/talk/events", (c) => events(c, [(send) => {
      const isStage = c.req.query("window") === "stage";
      if (isStage) stages++;
      void draw(session, stage).then(send);
      const end = hub.on((message) => message.type === "talk" && send(message));
      return () => {
        end();
        if (!isStage || --stages > 0) return;
        stage = undefined;
        soon();
      };
    }]));
    app.post("/talk/do/:action{[a-z]+}", async (c) => {
      if (!session) return c.json({ error: "The talk is not open yet." }, 409);
      const act = ACTIONS[c.req.param("action")];
      if (!act) return c.json({ error: "There is no such action." }, 404);
      const body = z.object({ to: z.unknown().optional() }).safeParse(await c.req.json().catch(() => ({})));
      try {
        // A window that has closed meanwhile has no size.
        if (c.req.param("action") === "size" && stages > 0) {
          stage = SIZE.parse(body.data?.to);
          soon();
        }
        await act(session, body.data?.to);
        return c.json({});
      } catch (error) {
        return c.json({ error: (error as Error).message }, 400);
      }
    });
  };
  return {
    part,
    get stage() { return stage; },
    inhabit: (inhabitant) => {
      session = inhabitant;
      tell();
    },
    changed: soon,
  };
}

/** Everything that a window can ask for. */
const ACTIONS: Record<string, (session: Session, to: unknown) => Promise<unknown> | void> = {
  next: (session) => session.next(),
  back: (session) => session.back(),
  panic: (session) => session.panic(),
  skip: (session) => session.skipProposed(),
  question: (session) => session.question(),
  view: (session, to) => session.show(VIEWS.parse(to)),
  speed: (session, to) => session.setSpeed(SPEEDS.parse(to)),
  goto: (session, to) => session.goTo(z.string().parse(to)),
  size: () => {},
};

const DESK: Html = html`
<header>
  <p id="clock" class="clock"><b>0:00</b> <span></span></p>
  <p id="step" class="clock"><b></b> <span></span></p>
  <p id="late" class="clock"></p>
  <p id="size"></p>
  <p class="keys"><kbd>→</kbd> next <kbd>←</kbd> back <kbd>q</kbd> question <kbd>s</kbd> leave out <kbd>x</kbd> panic <kbd>v</kbd> view <kbd>+</kbd> <kbd>−</kbd> size</p>
</header>
<main id="desk"></main>
<p id="cut" hidden>The talk is closed. Start it again, and this page goes on: npm run talk</p>`;

async function draw(session: Session | undefined, stage: StageSize | undefined): Promise<Message> {
  if (!session) return { type: "talk", data: { stage: "", desk: "", waiting: true } };
  const { step, view, index, skipped } = session;
  const pace = session.pace.at(index, skipped);
  const [front, desk] = await Promise.all([stageView(session), deskView(session)]);
  return { type: "talk", data: { id: step.id, view, stage: String(front), desk: String(desk), pace, budget: step.seconds, total: session.talk.seconds, size: stage } };
}
