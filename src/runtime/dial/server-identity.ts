import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { type ConnectionOptions, checkServerIdentity, type PeerCertificate } from 'node:tls';

/**
 * The options of a TLS connection that require a server whose certificate is for `host`, a name or
 * an IP.
 *
 * SNI carries names without the dot of the root, and no IPs. OpenSSL compares IPs as bytes. Node 22
 * compares them as text, and does not find an IPv6 address that is written with `::`.
 */
export function serverIdentity(
  host: string,
): Pick<ConnectionOptions, 'host' | 'servername' | 'checkServerIdentity'> {
  return isIP(host) === 0
    ? { host, servername: host.replace(/\.$/, ''), checkServerIdentity }
    : { host, servername: '', checkServerIdentity: (_name, peer) => checkAddress(host, peer) };
}

function checkAddress(address: string, { raw }: PeerCertificate): Error | undefined {
  if (new X509Certificate(raw).checkIP(address) !== undefined) return undefined;
  return Object.assign(new Error(`the certificate is not for ${address}`), {
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  });
}
