import { resolvePlain } from '../scalars/plain.js';
import { Timestamp } from '../values.js';

/** The ways a text may be written. */
export type ScalarStyle = 'plain' | 'single' | 'double' | 'literal';

/** Words and numbers that YAML 1.1 read as something else than text. */
const oldWords = /^(?:y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF|<<)$/;
const base60 = /^[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?$/;

/** How Talos' YAML library writes a text; `isModern` leaves words of YAML 1.1 bare. */
export function styleOf(
  text: string,
  { isKey = false, isModern = false }: { readonly isKey?: boolean; readonly isModern?: boolean },
): ScalarStyle {
  const seen = analyze(text);
  if (text.includes('\n')) {
    const isLiteral = !isKey && /\S/u.test(text) && text.length > 1 && seen.literalAllowed;
    return isLiteral ? 'literal' : 'double';
  }
  if (!isModern && (oldWords.test(text) || base60.test(text)))
    return seen.singleAllowed ? 'single' : 'double';
  if (typeof resolvePlain(text) !== 'string') return 'double';
  if (seen.plainAllowed) return 'plain';
  return seen.singleAllowed ? 'single' : 'double';
}

/**
 * How the library writes a value that is not known to be text: without quotes wherever YAML allows
 * it, whatever it then means.
 */
export function bareStyleOf(text: string, isKey: boolean): ScalarStyle {
  const seen = analyze(text);
  if (text.includes('\n') && !isKey && seen.literalAllowed) return 'literal';
  if (text === '' && !isKey) return 'plain';
  if (text !== '' && seen.plainAllowed) return 'plain';
  return seen.singleAllowed && !text.includes('\n') ? 'single' : 'double';
}

/** Characters that break a line in YAML 1.1. */
const lineBreak = /[\n\r\u0085\u2028\u2029]/;

/** Which styles the characters of a text allow. */
function analyze(text: string) {
  const isSpecial = /[^\t\n\u0020-\u007e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/u.test(text);
  const spaceBeforeBreak = / [\n\r\u0085\u2028\u2029]/.test(text);
  const spaceAfterBreak = /[\n\r\u0085\u2028\u2029] /.test(text);
  const edges = /^[ \n\r\u0085\u2028\u2029]|[ \n\r\u0085\u2028\u2029]$/.test(text);
  const singleAllowed = !isSpecial && !text.includes('\t') && !spaceBeforeBreak && !spaceAfterBreak;
  return {
    plainAllowed: singleAllowed && !edges && !lineBreak.test(text) && !hasIndicator(text),
    singleAllowed,
    // Talos writes separators of lines into blocks, and blanks behind empty first lines, so that
    // nobody can read them back.
    literalAllowed:
      !isSpecial && !spaceBeforeBreak && !text.endsWith(' ') && !/[\u2028\u2029]|^\n+ /.test(text),
  };
}

/** Signs that would begin something else than a text. */
function hasIndicator(text: string): boolean {
  return (
    /^(?:---|\.\.\.|[#,[\]{}&*!|>'"%@`])/.test(text) ||
    /^[?:-](?:[ \t]|$)/.test(text) ||
    /:(?:[ \t]|$)/.test(text) ||
    /[ \t\n\r\u0085\u2028\u2029]#/.test(text)
  );
}

/** A text in single quotes; what follows an odd line break is indented, and read as it was. */
export function inSingleQuotes(text: string, indent: number): string {
  return `'${afterBreaks(text.replaceAll("'", "''"), indent)}'`;
}

/** Separators of lines and paragraphs are followed by the indentation. */
export function afterBreaks(text: string, indent: number): string {
  return text.replace(/([\u2028\u2029])(?=[^\n\u2028\u2029])/g, `$1${' '.repeat(indent)}`);
}

const escapes: Readonly<Record<string, string>> = {
  '\u0000': '0',
  '\u0007': 'a',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\v': 'v',
  '\f': 'f',
  '\r': 'r',
  '\u001b': 'e',
  '"': '"',
  '\\': '\\',
  '\u0085': 'N',
  '\u2028': 'L',
  '\u2029': 'P',
};

/** A text in double quotes. */
export function inDoubleQuotes(text: string): string {
  const inner = text.replace(
    /["\\\u2028\u2029]|[^\u0020-\u007e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/gu,
    (char) => `\\${escapes[char] ?? hexEscape(char)}`,
  );
  return `"${inner}"`;
}

function hexEscape(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `u${hex.padStart(4, '0')}` : `U${hex.padStart(8, '0')}`;
}

/** Numbers, words and dates: whatever is no text. */
export function formatPlain(value: null | boolean | number | bigint | Timestamp): string {
  if (value === null) return 'null';
  if (value instanceof Timestamp) return value.text;
  return typeof value === 'number' && !isExactInteger(value) ? formatFloat(value) : String(value);
}

function isExactInteger(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

/** A number as Go prints it: `1e+06`, `1.5`, `.inf`. */
function formatFloat(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  if (value === Number.POSITIVE_INFINITY) return '.inf';
  if (value === Number.NEGATIVE_INFINITY) return '-.inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 6) {
    const sign = exponent < 0 ? '-' : '+';
    return `${mantissa}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  return String(value);
}
