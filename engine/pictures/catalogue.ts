import { hearing } from "./hearing.ts";
import { holders } from "./holders.ts";
import { kept } from "./kept.ts";
import { life } from "./life.ts";
import type { Picture } from "./picture.ts";
import { pressure } from "./pressure.ts";
import { rewind } from "./rewind.ts";
import { stream } from "./stream.ts";
import { twice } from "./twice.ts";

/** The eight pictures, in the order in which the lessons come to them. */
export const PICTURES: readonly Picture[] = [hearing, stream, life, holders, rewind, pressure, twice, kept];

/** A picture by its id; undefined where there is none of that name. */
export function pictureOf(id: string | undefined): Picture | undefined {
  return PICTURES.find((picture) => picture.id === id);
}
