import { all, find } from "./dom.ts";
import { remember, remembered } from "./look.ts";

/** Keeps what the learner predicts, and holds it against the answer once that is open. */
export function predictions(lesson: string): void {
  for (const question of all(".question")) {
    const key = `predicts:${lesson}:${question.dataset.question}`;
    const chosen = remembered(key);
    for (const choice of all<HTMLInputElement>("input", question)) {
      choice.checked = choice.value === chosen;
      choice.addEventListener("change", () => {
        remember(key, choice.value);
        show(question);
      });
    }
    find<HTMLDetailsElement>("details", question)?.addEventListener("toggle", () => show(question));
    show(question);
  }
}

function show(question: HTMLElement): void {
  const yours = find(".yours", question);
  const chosen = find<HTMLInputElement>("input:checked", question);
  if (!yours) return;
  yours.hidden = !chosen;
  if (!chosen) return;
  const open = find<HTMLDetailsElement>("details", question)?.open;
  yours.textContent = open ? `You said: ${chosen.parentElement?.textContent?.trim() ?? ""}.` : "Noted. Now run the check and see.";
}
