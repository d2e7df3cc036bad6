/**
 * Control characters (C0, DEL, C1), the separators of lines and paragraphs, and the characters that
 * change the direction of text. In a log they would start new lines, or change how it looks.
 */
const unprintable = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** `text` for one line of a message. Characters that would break the line are escaped. */
export function oneLine(text: string): string {
  return text.replace(
    unprintable,
    (char) => short[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
