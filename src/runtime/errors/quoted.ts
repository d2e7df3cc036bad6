/** The longest text that is shown whole. */
export const LONGEST_SHOWN = 64;

/** Text of the user's in quotes. Cut when long: where an address or a name should be may be a key. */
export function quoted(text: string): string {
  return JSON.stringify(
    text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN / 2)}…` : text,
  );
}
