/**
 * Whether a subject matches a subscription's pattern, by the rules of the server: `*` stands for exactly one
 * whole token, `>` at the end for one or more.
 */
export function covers(pattern: string, subject: string): boolean {
  const wanted = pattern.split(".");
  const tokens = subject.split(".");
  for (const [index, token] of wanted.entries()) {
    if (token === ">" && index === wanted.length - 1) return tokens.length > index;
    if (tokens[index] === undefined) return false;
    if (token !== "*" && token !== tokens[index]) return false;
  }
  return tokens.length === wanted.length;
}
