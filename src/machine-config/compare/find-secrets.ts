/** Says what stands in the place of a secret. */
export type Mark = (secret: string) => string;

/**
 * `text` with the parts replaced that look like secrets wherever they stand: private keys (PEM, or
 * base64 of PEM), tokens of known forms, user names and passwords in URLs, and values beside names
 * such as `password`. With `anyToken`, also long random texts, which in fields of a known meaning
 * may be public keys or ids. Takes time in proportion to the length, whatever the text is.
 */
export function maskSecrets(text: string, mark: Mark, { anyToken }: { anyToken: boolean }): string {
  let masked = '';
  for (const { part, block } of partsOf(text)) {
    if (block === undefined) masked += maskPlain(part, mark, anyToken);
    else masked += block.includes('PRIVATE KEY') ? mark(part) : part;
  }
  return masked;
}

interface Part {
  readonly part: string;
  /** The label of a PEM block, such as `CERTIFICATE`; absent for text outside of blocks. */
  readonly block?: string;
}

/** PEM blocks apart from the text between them: the bodies of certificates look random. */
function* partsOf(text: string): Generator<Part> {
  const begin = '-----BEGIN ';
  let at = 0;
  for (;;) {
    const start = text.indexOf(begin, at);
    if (start === -1) break;
    // Labels are short: a longer line is no PEM.
    const label = /^[A-Z0-9 ]{1,60}(?=-----)/.exec(
      text.slice(start + begin.length, start + 80),
    )?.[0];
    if (label === undefined) {
      yield { part: text.slice(at, start + begin.length) };
      at = start + begin.length;
      continue;
    }
    const end = `-----END ${label}-----`;
    const found = text.indexOf(end, start);
    // A block that is cut off still is a key.
    const stop = found === -1 ? text.length : found + end.length;
    yield { part: text.slice(at, start) };
    yield { part: text.slice(start, stop), block: label };
    at = stop;
  }
  yield { part: text.slice(at) };
}

function maskPlain(text: string, mark: Mark, anyToken: boolean): string {
  const plain = text
    .replace(logins, (_, before: string, login: string) => `${before}${mark(login)}@`)
    .replace(schemes, (_, before: string, secret: string) => `${before}${mark(secret)}`);
  return maskAssignments(plain, mark).replace(tokens, (token) =>
    isSecretToken(token, anyToken) ? mark(token) : token,
  );
}

// None of these looks at a text twice: what they start with ends where they could start again.

/** `https://user:password@host` */
const logins = /(:\/\/)([^\s/?#]*)@/g;
/** `Authorization: Bearer …` */
const schemes = /(\b(?:Bearer|Basic) +)([\w+/=.~-]{8,})/g;
const tokens = /[\w+/.~-]{16,}={0,2}/g;

/** `name=value`, `name: value`, `"name": "value"`, where the name and the value say secret. */
function maskAssignments(text: string, mark: Mark): string {
  const names = /(?<![\w.-])([\w.-]+)"?[ \t]*[=:][ \t]*["']?/g;
  const values = /[^\s"',;&<>]+/y;
  let masked = '';
  let at = 0;
  for (let name = names.exec(text); name !== null; name = names.exec(text)) {
    if (!isSecretName(name[1] ?? '')) continue;
    values.lastIndex = names.lastIndex;
    const [value = ''] = values.exec(text) ?? [];
    if (isHarmless(value)) continue;
    masked += text.slice(at, names.lastIndex) + mark(value);
    at = names.lastIndex += value.length;
  }
  return masked + text.slice(at);
}

const secretNames =
  /passw|passphrase|secret|token|credential|api[_-]?key|auth[_-]?key|private[_-]?key|access[_-]?key|encryption[_-]?key|(?:^|[_-])auth$/i;
/** What is said about a secret, and is none. */
const otherNames = /(?:name|namespace|ref|file|path|dir|ttl|type|kind|id|url|uri|mode|enabled)$/i;

/** Whether a name says that a secret may stand beside it. Alone it decides nothing. */
export function isSecretName(name: string): boolean {
  return secretNames.test(name) && !otherNames.test(name);
}

/** Whether a value is too plain for a secret: short, a number, a word, a path, a URL, a size. */
export function isHarmless(value: string): boolean {
  return (
    value.length < 6 ||
    /^[-+]?[\d.]+[a-zA-Z%]{0,3}$/.test(value) ||
    /^(?:true|false|null|none|enabled|disabled|default|optional|required)$/i.test(value) ||
    /^(?:\/|\.\/|\$|[a-z][a-z\d+.-]{0,20}:\/\/)/i.test(value)
  );
}

const knownTokens: readonly RegExp[] = [
  // Bootstrap tokens of Kubernetes, machine tokens of Talos.
  /^[a-z\d]{6}\.[a-z\d]{16}$/,
  // JSON web tokens.
  /^eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*$/,
  /^(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|tskey-|hvs\.|dckr_pat_|sk-)[\w.-]{10,}$/,
  /^(?:AKIA|ASIA)[A-Z\d]{16}$/,
  /^AIza[\w-]{35}$/,
  /^AGE-SECRET-KEY-1[A-Z\d]{50,}$/,
];

function isSecretToken(token: string, anyToken: boolean): boolean {
  if (token.startsWith('LS0tLS1CRUdJTi')) return isPrivatePem(token);
  return knownTokens.some((form) => form.test(token)) || (anyToken && isRandom(token));
}

/** Whether base64 that begins as PEM is the PEM of a key. */
function isPrivatePem(token: string): boolean {
  try {
    // The label is in the first line.
    return atob(token.slice(0, Math.min(120, token.length & ~3))).includes('PRIVATE KEY');
  } catch {
    return true;
  }
}

/** Whether a text has no order in it: keys in base64 and hexadecimal, generated passwords. */
function isRandom(text: string): boolean {
  if (text.length < 24) return false;
  const digits = text.replace(/\D/g, '').length;
  if (/^[\da-f]+$/i.test(text)) return text.length >= 32 && disorder(text) > 3;
  if (/^[a-z\d]+$/.test(text)) return digits >= 3 && disorder(text) > 3.8;
  if (!/^[\w+/-]+={0,2}$/.test(text) || !/[a-z]/.test(text) || !/[A-Z]/.test(text)) return false;
  // Words in camel case have few capitals, random texts as many as small letters.
  const capitals = text.replace(/[^A-Z]/g, '').length;
  return disorder(text) > 4 && (digits > 0 || capitals > text.length / 4);
}

/** Bits per character by how often each of them stands in the text. */
function disorder(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= count * Math.log2(count / text.length);
  return bits / text.length;
}
