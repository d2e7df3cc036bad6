import { canonicalAddress } from '../../machine-config/scalars/address.js';

/**
 * The text of an IP address of 4 or 16 bytes, after which a zone may follow; `''` for none. Absent
 * for any other number of bytes.
 */
export function addressText(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return '';
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.length < 16) return undefined;
  const groups: string[] = [];
  for (let at = 0; at < 16; at += 2) {
    groups.push((((bytes[at] as number) << 8) | (bytes[at + 1] as number)).toString(16));
  }
  const zone = bytes.length === 16 ? '' : `%${new TextDecoder().decode(bytes.subarray(16))}`;
  return canonicalAddress(groups.join(':') + zone);
}

/** `10.5.0.2:51820`, `[fe80::1]:51820`. */
export function endpointText(address: string, port: number): string {
  if (address === '') return '';
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The bytes of a hardware address: `02:00:0a:05:00:02`. */
export function macText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':');
}
