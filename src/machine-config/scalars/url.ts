/** A URL taken apart as Go does it. */
export interface UrlParts {
  readonly scheme: string;
  /** Name and password, escaped as they stand. */
  readonly userinfo: string | undefined;
  /** Host and port; `undefined` where no `//` stands before them, as in `file:/a`. */
  readonly authority: string | undefined;
  /** Host and port. */
  readonly host: string;
  /** Escaped as it stands. */
  readonly path: string;
  readonly query: string | undefined;
  readonly fragment: string | undefined;
  /** What follows the scheme where no slash does: `mailto:x`. */
  readonly opaque: string | undefined;
}

/**
 * Takes a URL apart, as leniently as Go: a scheme and a host may be missing. `undefined` for what Go
 * refuses: control characters, wrong escapes, a port that is no number.
 */
export function parseUrl(text: string): UrlParts | undefined {
  if (hasControl(text)) return undefined;
  const [beforeFragment = '', fragment] = cut(text, '#');
  if (fragment !== undefined && !escapesAreRight(fragment)) return undefined;
  const [, scheme = '', afterScheme = beforeFragment] =
    /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/s.exec(beforeFragment) ?? [];
  if (scheme === '' && beforeFragment.startsWith(':')) return undefined;
  const [rest = '', query] = cut(afterScheme, '?');
  const parts = { scheme: scheme.toLowerCase(), query, fragment, userinfo: undefined };
  if (scheme !== '' && rest !== '' && !rest.startsWith('/')) {
    return { ...parts, authority: undefined, host: '', path: '', opaque: rest };
  }
  if (scheme === '' && /^[^/]*:/.test(rest)) return undefined;
  const [, authority, path = rest] =
    (scheme !== '' || !rest.startsWith('///')) && rest.startsWith('//')
      ? (/^\/\/([^/]*)(.*)$/s.exec(rest) ?? [])
      : [];
  if (!escapesAreRight(path)) return undefined;
  if (authority === undefined) return { ...parts, authority, host: '', path, opaque: undefined };
  const at = authority.lastIndexOf('@');
  const userinfo = at === -1 ? undefined : authority.slice(0, at);
  const host = authority.slice(at + 1);
  if (userinfo !== undefined && !/^[\w.~!$&'()*+,;=:%@-]*$/.test(userinfo)) return undefined;
  if (userinfo !== undefined && !escapesAreRight(userinfo)) return undefined;
  return isHost(host)
    ? { ...parts, userinfo, authority, host, path, opaque: undefined }
    : undefined;
}

/** A URL as Go writes it again: the scheme in lower case, what needs it escaped. */
export function canonicalUrl(text: string): string | undefined {
  const url = parseUrl(text);
  if (url === undefined) return undefined;
  const scheme = url.scheme === '' ? '' : `${url.scheme}:`;
  const query = url.query === undefined ? '' : `?${url.query}`;
  const fragment = !url.fragment ? '' : `#${escaped(url.fragment)}`;
  if (url.opaque !== undefined) return `${scheme}${url.opaque}${query}${fragment}`;
  const userinfo = url.userinfo === undefined ? '' : `${url.userinfo}@`;
  const isEmpty = url.host === '' && url.userinfo === undefined && url.path === '';
  const slashes = url.authority === undefined || isEmpty ? '' : '//';
  const authority = `${slashes}${userinfo}${url.host}`;
  return `${scheme}${authority}${escaped(url.path)}${query}${fragment}`;
}

/** The host without its port and brackets. */
export function hostName({ host }: UrlParts): string {
  const [, inBrackets] = /^\[(.*)\](?::\d*)?$/s.exec(host) ?? [];
  return inBrackets ?? host.replace(/:\d*$/, '');
}

/** The port as text; empty where there is none. */
export function portOf({ host }: UrlParts): string {
  return /:(\d*)$/.exec(host.replace(/^\[.*\]/, ''))?.[1] ?? '';
}

function cut(text: string, sign: string): [before: string, after: string | undefined] {
  const at = text.indexOf(sign);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function hasControl(text: string): boolean {
  return [...text].some((char) => char < ' ' || char === '\u007f');
}

function escapesAreRight(text: string): boolean {
  return !/%(?![0-9a-fA-F]{2})/.test(text);
}

function isHost(host: string): boolean {
  const [, bracketed, plain, port = ''] = /^(?:(\[[^\]]*\])|([^[\]]*?))(:\d*)?$/s.exec(host) ?? [];
  if (bracketed === undefined && (plain === undefined || plain.includes(':'))) return false;
  return port.length <= 20 && !/[\s"<>\\^`{|}%]/.test(plain ?? '');
}

/** What may not stand in a path is escaped; escapes that are there stay. */
function escaped(text: string): string {
  return text.replace(/[^\w.~!$&'()*+,;=:@/%[\]-]+/gu, (part) => encodeURIComponent(part));
}
