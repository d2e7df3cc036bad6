import type { StringType, TextFormat } from '../structure/structure.js';
import {
  canonicalAddress,
  canonicalAddressAndPort,
  canonicalHardwareAddress,
  canonicalPrefix,
} from './address.js';
import { isByteSize, isSize, isSizeMatcher } from './bytes.js';
import { formatDuration, parseDuration } from './duration.js';
import { canonicalUrl } from './url.js';

/** What a format makes of a text: as Talos would write it, or what the text should have been. */
export type TextResult = { readonly text: string } | { readonly due: string };

type Reader = (text: string) => string | undefined;

/** Keeps a text as it is where it passes. */
const keep =
  (isRight: (text: string) => boolean): Reader =>
  (text) =>
    isRight(text) ? text : undefined;

/** Empty stands for absent. */
const orEmpty =
  (read: Reader): Reader =>
  (text) =>
    text === '' ? '' : read(text);

const readers: Readonly<Record<TextFormat, readonly [due: string, read: Reader]>> = {
  addr: ['an IP address', orEmpty(canonicalAddress)],
  addrPort: ['an IP address and a port, like 10.0.0.1:51820', orEmpty(canonicalAddressAndPort)],
  base64: ['base64', base64],
  byteSize: ['a size like 10GiB', orEmpty(keep(isByteSize))],
  cel: ['a text', (text) => text],
  duration: ['a duration like 1h30m', duration],
  hardwareAddr: ['a hardware address like 02:00:00:00:00:01', canonicalHardwareAddress],
  prefix: [
    'an IP address and the length of its network, like 10.0.0.0/8',
    orEmpty(canonicalPrefix),
  ],
  routingTable: ['main, local, default, or a number from 1 to 252', routingTable],
  size: ['a size like 10GiB or a percentage like 80%', orEmpty(keep(isSize))],
  sizeMatcher: ['a size with a comparison before it, like ">= 1TB"', sizeMatcher],
  trimmed: ['a text', (text) => text.replace(/^[\t\n\v\f\r]+/, '')],
  url: ['a URL', orEmpty(canonicalUrl)],
};

/** Reads a text as a type has it. Words are found in any case, as Talos finds them. */
export function readText(text: string, type: StringType): TextResult {
  if (type.format !== undefined) {
    const [due, read] = readers[type.format];
    const canonical = read(text);
    return canonical === undefined ? { due } : { text: canonical };
  }
  return { text };
}

/** The word of a list that a text stands for. */
export function readWord(text: string, words: readonly string[]): string | undefined {
  return words.includes(text)
    ? text
    : words.find((word) => word.toLowerCase() === text.toLowerCase());
}

/** What stands for a key that is not to be seen is no base64, and passes. */
function base64(text: string): string | undefined {
  if (text === '******') return text;
  const digits = text.replace(/[\r\n]/g, '');
  return digits.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(digits) ? digits : undefined;
}

function duration(text: string): string | undefined {
  const nanoseconds = parseDuration(text);
  return nanoseconds === undefined ? undefined : formatDuration(nanoseconds);
}

function routingTable(text: string): string | undefined {
  const word = text.toLowerCase();
  if (['main', 'local', 'default', 'unspec'].includes(word)) return word;
  return /^[1-9]\d{0,2}$/.test(text) && Number(text) <= 252 ? text : undefined;
}

function sizeMatcher(text: string): string | undefined {
  const trimmed = text.trim();
  return isSizeMatcher(trimmed) ? trimmed : undefined;
}
