/** The host in a URL by which etcd knows a member, IPv6 without brackets; none where it is no URL. */
export function hostOf(url = ''): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : undefined;
}
