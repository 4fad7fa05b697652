// Runs before anything is drawn: theme and type size as they were chosen last.
import { applyLook } from "./parts/look.ts";

applyLook();
