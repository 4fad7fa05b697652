// The talk to read again: a button for each step that has code.
import { all, notice } from "./parts/dom.ts";

for (const button of all<HTMLButtonElement>("button[data-step]")) {
  button.addEventListener("click", () => void catchUp(button.dataset.step ?? ""));
}

async function catchUp(step: string): Promise<void> {
  const token = document.querySelector<HTMLMetaElement>('meta[name="token"]')?.content ?? "";
  const response = await fetch("/talk/catch-up", { method: "POST", headers: { "content-type": "application/json", "x-workshop-token": token }, body: JSON.stringify({ step }) }).catch(() => undefined);
  if (!response) return notice("The workshop does not answer: it was closed.", "npm start, then reload this page");
  if (response.status === 403) return notice("The workshop was started anew since this page was opened.", "reload the page");
  const { says, error } = (await response.json()) as { says?: string; error?: { text: string; next: string } };
  notice(says ?? error?.text ?? "", error?.next);
}
