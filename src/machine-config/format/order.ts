/**
 * Sorts keys as Talos' YAML library does: numbers in them by their value (`k9` before `k10`), signs
 * before letters.
 */
export function inNaturalOrder(keys: readonly string[]): string[] {
  return [...keys].sort((a, b) => (isBefore(a, b) ? -1 : isBefore(b, a) ? 1 : 0));
}

function isBefore(left: string, right: string): boolean {
  const a = [...left];
  const b = [...right];
  let inDigits = false;
  for (let index = 0; index < a.length && index < b.length; index += 1) {
    const one = a[index] as string;
    const other = b[index] as string;
    if (one === other) {
      inDigits = isDigit(one);
      continue;
    }
    const oneIsLetter = isLetter(one);
    const otherIsLetter = isLetter(other);
    if (oneIsLetter && otherIsLetter) return codePoint(one) < codePoint(other);
    if (oneIsLetter || otherIsLetter) return inDigits ? oneIsLetter : otherIsLetter;
    return isNumberBefore(a, b, index);
  }
  return a.length < b.length;
}

/** Compares the numbers that begin where two keys differ. */
function isNumberBefore(a: readonly string[], b: readonly string[], from: number): boolean {
  let start = 0n;
  if (a[from] === '0' || b[from] === '0') {
    // A zero inside a number counts as a digit, one before it does not.
    for (let index = from - 1; index >= 0 && isDigit(a[index]); index -= 1) {
      if (a[index] !== '0') {
        start = 1n;
        break;
      }
    }
  }
  const one = numberFrom(a, from, start);
  const other = numberFrom(b, from, start);
  if (one.value !== other.value) return one.value < other.value;
  if (one.end !== other.end) return one.end < other.end;
  return codePoint(a[from]) < codePoint(b[from]);
}

function numberFrom(text: readonly string[], from: number, start: bigint) {
  let value = start;
  let end = from;
  while (isDigit(text[end])) {
    value = BigInt.asIntN(64, value * 10n + BigInt(codePoint(text[end]) - 48));
    end += 1;
  }
  return { value, end };
}

function isDigit(char: string | undefined): boolean {
  return char !== undefined && /^\p{Nd}$/u.test(char);
}

function isLetter(char: string): boolean {
  return /^\p{L}$/u.test(char);
}

function codePoint(char: string | undefined): number {
  return char?.codePointAt(0) ?? 0;
}
