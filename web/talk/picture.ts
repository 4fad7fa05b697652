import { pictureOf } from "#engine/pictures/catalogue.ts";
import { stateAfter } from "#engine/pictures/picture.ts";
import type { Session } from "../../talk/session/session.ts";

/** Units of width: the text is 13 of them high, so the last row of a hall reads it. */
const WIDTH = 700;

/** The step's picture as SVG, from what happened since its server was opened; undefined where it has none. */
export function drawn(session: Session): string | undefined {
  const picture = pictureOf(session.step.picture);
  if (!picture) return undefined;
  const inputs = [...session.events, ...session.facts].toSorted((a, b) => a.t - b.t);
  return picture.draw(stateAfter(picture, inputs), { now: session.now, width: WIDTH });
}
