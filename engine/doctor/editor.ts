import { editorOf } from "#engine/actions/editor.ts";
import { note, ok, type Finding, type Surroundings } from "./finding.ts";

/** Which editor the key e of `npm start` opens. */
export async function lookAtEditor({ env }: Surroundings): Promise<Finding> {
  const editor = await editorOf(env);
  if (editor) return ok(`the key e opens ${editor}`);
  return note("no editor with a window of its own was found, so the key e opens none", "export EDITOR=code");
}
