/** Reads JSON as it comes from a wire; undefined when it is none. */
export function parseJson<T>(text: string): T | undefined {
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}
