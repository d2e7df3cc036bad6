/** The parts of a URL; RFC 3986, appendix B, with the user apart from the host. */
const parts =
  /^(?:([^:/?#]+):)?(?:\/\/(?:([^/?#]*)@)?([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s;

/**
 * Merges URLs as Talos does, part by part: the scheme, user, host with port, path, query and
 * fragment of the patch count where it has them, and those of the configuration elsewhere. So a
 * patch with `https://b` leaves the path of `https://a/path` as it is.
 */
export function mergeUrl(left: unknown, right: unknown): unknown {
  if (typeof left !== 'string' || typeof right !== 'string') return right;
  const [before, patch] = [parts.exec(left), parts.exec(right)];
  if (before === null || patch === null) return right;
  const part = (index: number) => patch[index] || before[index];
  const [scheme, user, host, path, query, fragment] = [1, 2, 3, 4, 5, 6].map(part);
  return [
    scheme ? `${scheme}:` : '',
    host || user ? `//${user ? `${user}@` : ''}${host ?? ''}` : '',
    path ?? '',
    query ? `?${query}` : '',
    fragment ? `#${fragment}` : '',
  ].join('');
}
