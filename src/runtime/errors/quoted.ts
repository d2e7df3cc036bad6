/** The longest text that is shown whole. */
export const LONGEST_SHOWN = 64;

/**
 * A text of the user in quotes. A long one is cut: it may be a key in place of an address or a
 * name.
 */
export function quoted(text: string): string {
  return JSON.stringify(
    text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN / 2)}…` : text,
  );
}
