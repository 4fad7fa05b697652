import { all, make } from "./dom.ts";

/** Gives each block of code of the text a button that copies it. */
export function copyButtons(): void {
  for (const block of all(".prose pre")) {
    const button = make("button", { text: "Copy", class: "copy", type: "button", "aria-label": "Copy this block" });
    button.addEventListener("click", () => void copy(block, button));
    const holder = make("div", { class: "code" });
    block.replaceWith(holder);
    block.tabIndex = 0;
    holder.append(block, button);
  }
}

async function copy(block: HTMLElement, button: HTMLElement): Promise<void> {
  const text = (block.textContent ?? "").trimEnd();
  const done = await navigator.clipboard.writeText(text).then(() => true, () => false);
  if (!done) getSelection()?.selectAllChildren(block);
  button.textContent = done ? "Copied" : "Selected: Ctrl-C";
  setTimeout(() => { button.textContent = "Copy"; }, 1_500);
}
