import type { Issued } from 'talos-client/pki';

/** `ca`, `crt` and `key` of a talosconfig context: base64 of PEM text. */
export interface TalosconfigFields {
  readonly ca: string;
  readonly crt: string;
  readonly key: string;
}

/**
 * Certificates and key in the form a talosconfig has them.
 *
 * @param ca the CA certificate as PEM, or several during a rotation
 */
export function talosconfigFields(
  ca: string | readonly string[],
  client: Issued,
): TalosconfigFields {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const roots = typeof ca === 'string' ? ca : ca.join('');
  return { ca: base64(roots), crt: base64(client.cert), key: base64(client.key) };
}
