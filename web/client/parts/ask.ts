/** What an action answers. `html` was escaped by the server. */
export interface Answer {
  title?: string;
  html?: string;
  says?: string;
  error?: { text: string; next: string };
}

/** Asks for an action. A server that is gone is an answer too. */
export async function ask(action: string, body: object = {}): Promise<Answer> {
  const token = document.querySelector<HTMLMetaElement>('meta[name="token"]')?.content ?? "";
  try {
    const response = await fetch(`/do/${action}`, { method: "POST", headers: { "content-type": "application/json", "x-workshop-token": token }, body: JSON.stringify(body) });
    if (response.status === 403) return { error: { text: "The workshop was started anew since this page was opened.", next: "reload the page" } };
    return (await response.json()) as Answer;
  } catch {
    return { error: { text: "The workshop does not answer: it was closed.", next: "npm start, then reload this page" } };
  }
}
