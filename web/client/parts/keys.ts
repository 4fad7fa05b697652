import { remember, remembered } from "./look.ts";

/** One key of the page. Single letters are those of the terminal; arrows are left to the browser. */
export interface PageKey {
  key: string;
  says: string;
  act: () => void;
}

/** Whether single keys do anything. */
export function keysAreOn(): boolean {
  return remembered("keys") !== "off";
}

/** Turns single keys on or off, for those whose tools type letters by themselves. */
export function turnKeys(on: boolean): void {
  remember("keys", on ? undefined : "off");
}

/** Listens for keys, except while somebody types or holds a modifier. */
export function listenForKeys(keys: readonly PageKey[]): void {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (!(event.target instanceof HTMLElement) || event.target.matches("input:not([type=radio]), textarea, select, [contenteditable]")) return;
    if (document.querySelector("dialog[open]")) return;
    const found = keys.find(({ key }) => key === event.key);
    if (!found || (!keysAreOn() && event.key !== "?")) return;
    event.preventDefault();
    found.act();
  });
}
