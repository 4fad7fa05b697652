/** The anchor of a heading, as GitHub makes it: `What you do` becomes `what-you-do`. */
export function anchorOf(heading: string): string {
  return heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").trim().replaceAll(/\s/g, "-");
}
