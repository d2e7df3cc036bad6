/**
 * What is wrong with the endpoint of Kubernetes, and what it may be meant to be; absent when it is
 * good.
 *
 * Source: `validateClusterEndpoint` in `cmd/talosctl/cmd/mgmt/gen/config.go` of Talos.
 */
export function endpointProblem(endpoint: string): string | undefined {
  const host = endpointHost(endpoint);
  if (!/^https:\/\//.test(endpoint)) {
    const rest = endpoint.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '');
    const guess = `https://${/:\d+$/.test(rest) ? rest : `${rest}:6443`}`;
    return `must be an https URL${URL.canParse(guess) ? `, such as ${guess}` : ''}`;
  }
  if (!URL.canParse(endpoint) || host === '') {
    return 'must be an https URL such as https://10.5.0.2:6443';
  }
  return new URL(endpoint).port === '0' ? 'must have a port between 1 and 65535' : undefined;
}

/** The host of a URL as it is written, an IPv6 address without its brackets. */
export function endpointHost(url: string): string {
  const [, bracketed, plain = ''] =
    /^[a-z]+:\/\/(?:[^/?#]*@)?(?:\[([^\]]*)\]|([^/:?#]*))/i.exec(url) ?? [];
  return bracketed ?? plain;
}
