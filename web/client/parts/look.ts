/** The sizes of type, as parts of the browser's own. */
const SIZES = ["small", "usual", "large", "larger", "largest"];

/** Something remembered in this browser; a browser that remembers nothing is no error. */
export function remembered(key: string): string | undefined {
  try {
    return localStorage.getItem(`workshop:${key}`) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Remembers a text under a key; undefined forgets it. */
export function remember(key: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(`workshop:${key}`);
    else localStorage.setItem(`workshop:${key}`, value);
  } catch {
    // Private windows may refuse: then it holds until the page is left.
  }
}

/** Sets what was chosen on the document: `data-theme` (absent: as the system says) and `data-size`. */
export function applyLook(): void {
  const { dataset } = document.documentElement;
  const theme = remembered("theme");
  if (theme === undefined) delete dataset.theme;
  else dataset.theme = theme;
  dataset.size = remembered("size") ?? "usual";
}

/** From light to dark and back, beginning with the one that is not shown now. */
export function turnTheme(): void {
  const dark = (remembered("theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  remember("theme", dark ? "light" : "dark");
  applyLook();
}

/** One step larger or smaller. */
export function size(by: 1 | -1): void {
  const at = SIZES.indexOf(remembered("size") ?? "usual") + by;
  remember("size", SIZES[Math.max(0, Math.min(SIZES.length - 1, at))]);
  applyLook();
}
