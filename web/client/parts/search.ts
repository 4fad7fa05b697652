import MiniSearch from "minisearch";
import type { Findable } from "../../reader/search.ts";
import { find, make } from "./dom.ts";

const OPTIONS = { fields: ["heading", "text", "lesson"], storeFields: ["lesson", "heading"], searchOptions: { prefix: true, fuzzy: 0.15, boost: { heading: 3, lesson: 2 } } };

let index: Promise<MiniSearch<Findable>> | undefined;

/** Finds while one types. Enter opens the first; the words are fetched at the first letter. */
export function searchBox(): void {
  const [input, found] = [find<HTMLInputElement>("#find"), find("#found")];
  if (!input || !found) return;
  input.addEventListener("input", () => void show(input.value, found));
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    input.value = "";
    found.replaceChildren();
    input.blur();
  });
  input.form?.addEventListener("submit", (event) => {
    const first = find<HTMLAnchorElement>("a", found);
    if (!first) return;
    event.preventDefault();
    location.href = first.href;
    input.blur();
  });
}

async function show(words: string, found: HTMLElement): Promise<void> {
  index ??= fetch("/search.json").then((response) => response.json()).then((texts: Findable[]) => {
    const search = new MiniSearch<Findable>(OPTIONS);
    search.addAll(texts);
    return search;
  });
  const hits = words.trim() === "" ? [] : (await index).search(words).slice(0, 8);
  const links = hits.map((hit) => {
    const link = make("a", { href: String(hit.id) });
    link.append(make("span", { text: String(hit.heading) }), make("small", { text: String(hit.lesson) }));
    return link;
  });
  const nothing = words.trim() !== "" && hits.length === 0 ? [make("p", { text: "No section has these words." })] : [];
  found.replaceChildren(...links, ...nothing);
}
