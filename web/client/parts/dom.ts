/** The first element that matches, of the type it is known to be; undefined where there is none. */
export function find<T extends HTMLElement = HTMLElement>(selector: string, within: ParentNode = document): T | undefined {
  return within.querySelector<T>(selector) ?? undefined;
}

/** All elements that match. */
export function all<T extends HTMLElement = HTMLElement>(selector: string, within: ParentNode = document): T[] {
  return [...within.querySelectorAll<T>(selector)];
}

/** A new element with text in it, which is only ever text. */
export function make<K extends keyof HTMLElementTagNameMap>(tag: K, { text, ...attributes }: { text?: string } & Record<string, string | undefined> = {}): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(name, value);
  return element;
}

/** Shows one sentence under the toolbar, and reads it aloud where a screen reader listens. */
export function notice(text: string, next?: string): void {
  const place = find("#notice");
  if (!place) return;
  place.hidden = text === "";
  place.textContent = next ? `${text} Next: ${next}.` : text;
}

/** Opens the panel with a title and HTML that the server has escaped. */
export function panel(title: string, html: string): void {
  const dialog = find<HTMLDialogElement>("#panel");
  const [heading, body] = [find("#panel-title"), find("#panel-body")];
  if (!dialog || !heading || !body) return;
  heading.textContent = title;
  body.innerHTML = html;
  if (!dialog.open) dialog.showModal();
}
