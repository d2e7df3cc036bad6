import { canonicalAddress, canonicalPrefix } from '../scalars/address.js';
import { hostName, parseUrl, portOf } from '../scalars/url.js';

/** A text in quotes as Go's `%q` puts it. */
export function quote(text: string): string {
  const escaped = text.replace(/["\\\p{Cc}\p{Cf}\u2028\u2029]/gu, (char) => {
    const known = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\t': '\\t', '\r': '\\r' }[char];
    if (known !== undefined) return known;
    const code = char.codePointAt(0) ?? 0;
    return code < 0x80
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
  return `"${escaped}"`;
}

/** A list of texts as Go's `%q` puts it. */
export function quoteAll(texts: readonly string[]): string {
  return `[${texts.map(quote).join(' ')}]`;
}

/** What stands for a secret in a message of Talos that would show it. */
export const hidden = '******';

/** Why a text is no address; `undefined` where it is one. */
export function addressTrouble(text: string): string | undefined {
  if (canonicalAddress(text) !== undefined) return undefined;
  return `ParseAddr(${quote(text)}): unable to parse IP`;
}

/** Why a text is no address with the length of its network. */
export function prefixTrouble(text: string): string | undefined {
  if (canonicalPrefix(text) !== undefined) return undefined;
  const slash = text.lastIndexOf('/');
  const head = `netip.ParsePrefix(${quote(text)})`;
  if (slash === -1) return `${head}: no '/'`;
  const trouble = addressTrouble(text.slice(0, slash));
  return trouble === undefined ? `${head}: prefix length out of range` : `${head}: ${trouble}`;
}

/** Whether a text is an address, with the length of its network or without. */
export function isSubnetOrAddress(text: string): boolean {
  return canonicalPrefix(text) !== undefined || canonicalAddress(text) !== undefined;
}

/** Why a text is no address or network of the old fields, which Go's older parser reads. */
export function cidrTrouble(text: string): string | undefined {
  if (text.includes('/')) {
    return canonicalPrefix(text) === undefined ? `invalid CIDR address: ${text}` : undefined;
  }
  return isIP(text) ? undefined : `failed to parse IP address ${quote(text)}`;
}

/** Whether Go's older parser takes a text for an IP address: without a zone. */
export function isIP(text: string): boolean {
  return !text.includes('%') && canonicalAddress(text) !== undefined;
}

/** Why a text is no endpoint: a URL with a host. */
export function endpointTrouble(text: string): string | undefined {
  const url = parseUrl(text);
  if (url === undefined) return `parse ${quote(text)}: invalid URL`;
  if ((url.host.match(/:/g)?.length ?? 0) > 2 && !/\[.*\]/.test(url.host)) {
    return 'IPv6 addresses MUST be enclosed by square brackets';
  }
  if (hostName(url) === '') return 'hostname must not be blank';
  const port = portOf(url);
  if (port !== '' && (Number(port) < 1 || Number(port) > 65_535)) {
    return 'port number must be between 1 and 65535';
  }
  return undefined;
}

/** Bytes that base64 stands for, or what Go says of a text that is none. */
export function decodeBase64(
  text: string,
): { readonly length: number } | { readonly trouble: string } {
  const bad = (at: number) => ({ trouble: `illegal base64 data at input byte ${at}` });
  const skipBreaks = (from: number) => from + (/^[\r\n]*/.exec(text.slice(from))?.[0].length ?? 0);
  let digits = 0;
  for (let at = skipBreaks(0); at < text.length; at = skipBreaks(at + 1)) {
    const char = text[at] ?? '';
    if (/[A-Za-z0-9+/]/.test(char)) digits += 1;
    else if (char !== '=' || digits % 4 < 2) return bad(at);
    else {
      let end = skipBreaks(at + 1);
      if (digits % 4 === 2) {
        if (end === text.length) return bad(end);
        if (text[end] !== '=') return bad(end - 1);
        end = skipBreaks(end + 1);
      }
      return end < text.length ? bad(end) : { length: Math.floor((digits * 3) / 4) };
    }
  }
  return digits % 4 === 0 ? { length: (digits * 3) / 4 } : bad(text.length - (digits % 4));
}

/** Why a text is no host and port. */
export function hostPortTrouble(text: string): string | undefined {
  const about = (reason: string) => (text === '' ? reason : `address ${text}: ${reason}`);
  if (/^\[[^\]]*\]:[^:]*$/.test(text)) return undefined;
  if (!text.includes(':') || /^\[[^\]]*\]$/.test(text)) return about('missing port in address');
  return text.split(':').length > 2 ? about('too many colons in address') : undefined;
}

/** The length of a text as Go counts it. */
export function inBytes(text: string): number {
  return new TextEncoder().encode(text).length;
}
