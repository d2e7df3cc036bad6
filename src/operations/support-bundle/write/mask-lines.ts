import { maskSecrets } from '../../../machine-config/compare/find-secrets.js';

/** A longer line is looked at in pieces. */
const LONGEST = 64 * 1024;
/** The most lines of a key; behind them the text goes on. */
const LONGEST_KEY = 200;

const REDACTED = '<redacted>';

/**
 * Texts with `<redacted>` in the place of what looks like a secret: private keys, tokens of known forms,
 * logins in URLs, and values beside names such as `password`. It looks at lines, one at a time, since
 * logs have no end; keys in several lines are known by their first one. Bytes that are no UTF-8 stay
 * what they are.
 */
export async function* maskLines(
  chunks: AsyncIterable<string | Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const masker = new LineMasker();
  for await (const chunk of chunks) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    const ready = masker.push(bytes);
    if (ready.length > 0) yield ready;
  }
  const rest = masker.finish();
  if (rest.length > 0) yield rest;
}

class LineMasker {
  /** What has no line break yet. Each character stands for a byte. */
  #open = '';
  /** How many lines of a private key were left out; nothing outside of one. */
  #key: number | undefined;

  push(bytes: Uint8Array): Uint8Array {
    const lines = (this.#open + Buffer.from(bytes).toString('latin1')).split('\n');
    this.#open = lines.pop() ?? '';
    let masked = '';
    for (const line of lines) masked += this.#mask(line, '\n');
    while (this.#open.length > LONGEST) {
      masked += this.#mask(this.#open.slice(0, LONGEST), '');
      this.#open = this.#open.slice(LONGEST);
    }
    return Buffer.from(masked, 'latin1');
  }

  finish(): Uint8Array {
    const rest = this.#open === '' ? '' : this.#mask(this.#open, '');
    this.#open = '';
    return Buffer.from(rest, 'latin1');
  }

  #mask(line: string, end: string): string {
    if (this.#key !== undefined) {
      this.#key += 1;
      const isLast = line.includes('-----END ') || this.#key > LONGEST_KEY;
      if (isLast) this.#key = undefined;
      return '';
    }
    if (/-----BEGIN [A-Z0-9 ]{0,60}PRIVATE KEY-----(?!.*-----END )/.test(line)) this.#key = 0;
    return maskSecrets(line, () => REDACTED, { anyToken: false }) + end;
  }
}
