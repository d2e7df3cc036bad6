import { parseUrl } from '../scalars/url.js';

/**
 * Merges URLs as Talos does, part by part: the scheme, user, host with port, path, query and
 * fragment of the patch count where it has them, and those of the configuration elsewhere. So a
 * patch with `https://b` leaves the path of `https://a/path` as it is.
 */
export function mergeUrl(left: unknown, right: unknown): unknown {
  if (typeof left !== 'string' || typeof right !== 'string') return right;
  const [before, patch] = [parseUrl(left), parseUrl(right)];
  if (before === undefined || patch === undefined) return right;
  const scheme = patch.scheme || before.scheme;
  const opaque = patch.opaque || before.opaque;
  const userinfo = patch.userinfo ?? before.userinfo;
  const host = patch.host || before.host;
  const query = patch.query || before.query;
  const fragment = patch.fragment || before.fragment;
  const user = userinfo === undefined ? '' : `${userinfo}@`;
  const authority = host !== '' || user !== '' ? `//${user}${host}` : '';
  return [
    scheme === '' ? '' : `${scheme}:`,
    opaque ?? `${authority}${patch.path || before.path}`,
    query ? `?${query}` : '',
    fragment ? `#${fragment}` : '',
  ].join('');
}
