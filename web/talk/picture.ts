import { timeline } from "#engine/pictures/timeline.ts";
import type { Session } from "../../talk/session/session.ts";

void timeline;

/** The step's picture as SVG, from what happened since its first command; undefined where it has none. */
export function drawn(_session: Session): string | undefined {
  return undefined;
}
