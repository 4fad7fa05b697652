import type { RequestListener } from "node:http";
import { workshopRoot } from "#engine/files/root.ts";
import type { House } from "#engine/house/house.ts";
import type { Loop, LoopNews } from "#engine/loop/loop.ts";
import { lessonIds } from "#engine/lessons/catalogue.ts";
import { checkSource } from "./live/check-feed.ts";
import { Feed } from "./live/feed.ts";
import { actions } from "./live/actions.ts";
import type { Host } from "./live/host.ts";
import { tellCheck, watchNews } from "./live/news.ts";
import { events, type Hub, type Message, type Source } from "./hub.ts";
import { pictureFor, picturePanel, sampler } from "./pictures/routes.ts";
import { reader } from "./reader/routes.ts";
import { openSite, type Part } from "./serve.ts";
import { catchUp } from "./talk/catch-up.ts";

/** How often it is looked whether other programs run, or another lesson is open, in milliseconds. */
const LOOK_MS = 200;

/** The learner's site: reader, pictures and actions, over the house and the conversation that open after it. */
export interface LearnerSite extends AsyncDisposable {
  readonly listener: RequestListener;
  readonly hub: Hub;
  /** The house and the conversation are there: pictures go live, and actions work. */
  inhabit(host: Host): void;
  /** For `LoopOptions.tell`. */
  tell(news: LoopNews): void;
}

/** The page's view of the house and of the conversation. */
export function hostOf(house: House, loop: Loop): Host {
  return {
    house,
    get lesson() { return loop.lesson; },
    get running() { return loop.running; },
    press: (keys) => { for (const key of keys) loop.press(key); },
    crash: (program) => loop.crash(program),
  };
}

/** Opens the site; `more` are further parts, such as the talk's. */
export function learnerSite({ root = workshopRoot(), live = true, more = [] }: { root?: string; live?: boolean; more?: readonly Part[] } = {}): LearnerSite {
  let host: Host | undefined;
  let feed: Feed | undefined;
  const state = (): Message => ({ type: "state", data: { live: host !== undefined, lesson: host?.lesson.id, running: host?.running ?? [] } });
  const stream: Part = (app, { hub }) => {
    app.get("/events", (c) => {
      const checked = lessonIds(root).find((id) => id === c.req.query("check"));
      const flight = checked ? [checkSource(root, checked)] : feed && c.req.query("flight") ? [feed.source] : [];
      const now: Source = (send) => {
        send(state());
        return hub.on(send);
      };
      return events(c, [now, ...flight]);
    });
  };
  const { listener, hub } = openSite([reader({ root, live, picture: (lesson) => picturePanel(pictureFor(lesson)) }), stream, sampler(root), actions({ root, host: () => host }), catchUp({ root }), ...more]);
  const news = watchNews(root, hub);
  let told = "";
  // Programs start and end without a word to the page: so it is told when what runs has changed.
  const looking = setInterval(() => {
    const now = state();
    if (!hub.watched || JSON.stringify(now) === told) return;
    told = JSON.stringify(now);
    hub.publish(now.type, now.data);
  }, LOOK_MS).unref();
  return {
    listener, hub,
    inhabit: (inhabitant) => {
      host = inhabitant;
      feed = new Feed(inhabitant.house);
    },
    tell: (told) => {
      if (told.kind === "check") void tellCheck(hub, told.lesson, told.check);
      else hub.publish(told.kind, told);
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(looking);
      await news[Symbol.asyncDispose]();
    },
  };
}
