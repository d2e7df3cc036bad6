import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { bitString, der, explicit, oid, utcTime } from './der.js';
import { lifetimes, type ValidityOptions, validity } from './validity.js';

/** The kinds of keys that Talos uses: Ed25519 for its own API, P-256 for etcd and Kubernetes. */
export type KeyKind = 'ed25519' | 'p256';

/** A CA: its certificate and its key, as a machine configuration has them. */
export interface Root {
  /** The certificate as PEM. */
  readonly cert: string;
  /** The key as PEM with the label Talos uses: `ED25519 PRIVATE KEY` or `EC PRIVATE KEY`. */
  readonly key: string;
}

/** A new CA. */
export interface RootOptions extends ValidityOptions {
  /** Default: `talos`, the CA of the Talos API. Empty for a subject without any name. */
  readonly organization?: string | undefined;
  /** Default: `ed25519`. */
  readonly keys?: KeyKind | undefined;
}

const ORGANIZATION = '2.5.4.10';
const signatures: Readonly<Record<KeyKind, string>> = {
  ed25519: '1.3.101.112',
  p256: '1.2.840.10045.4.3.2',
};

/**
 * Creates a CA like those that Talos generates: self-signed, valid for 10 years. Written out here
 * rather than by a library so that it takes no promise: the configuration of a node contains it.
 */
export function createRoot(options: RootOptions = {}): Root {
  const { organization = 'talos', keys: kind = 'ed25519' } = options;
  const { publicKey, privateKey } =
    kind === 'ed25519'
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der('sequence', oid(signatures[kind]));
  const subject = nameOf(organization);
  const { notBefore, notAfter } = validity(options, lifetimes.authority);
  const body = der('sequence', [
    explicit(0, der('integer', Uint8Array.of(2))),
    der('integer', serialNumber()),
    algorithm,
    subject,
    der('sequence', [utcTime(notBefore), utcTime(notAfter)]),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, der('sequence', extensions())),
  ]);
  const signature = sign(kind === 'ed25519' ? null : 'sha256', body, privateKey);
  const certificate = der('sequence', [body, algorithm, bitString(signature)]);
  return { cert: toPem('CERTIFICATE', certificate), key: keyPem(privateKey, kind) };
}

/** What tells one CA from another: SHA-256 of its certificate, in hexadecimal. */
export function rootId(cert: string): string {
  const body = cert.replace(/-----[^-]+-----|\s/g, '');
  return createHash('sha256').update(Buffer.from(body, 'base64')).digest('hex');
}

function nameOf(organization: string): Uint8Array {
  if (organization === '') return der('sequence', []);
  const attribute = [oid(ORGANIZATION), der('utf8String', Buffer.from(organization))];
  return der('sequence', der('set', der('sequence', attribute)));
}

function extensions(): Uint8Array[] {
  const critical = der('boolean', Uint8Array.of(0xff));
  const usages = [oid('1.3.6.1.5.5.7.3.1'), oid('1.3.6.1.5.5.7.3.2')];
  const extension = (id: string, value: Uint8Array, ...flags: Uint8Array[]) =>
    der('sequence', [oid(id), ...flags, der('octetString', value)]);
  return [
    // digitalSignature and keyCertSign
    extension('2.5.29.15', bitString(Uint8Array.of(0b1000_0100), 2), critical),
    // serverAuth and clientAuth
    extension('2.5.29.37', der('sequence', usages)),
    extension('2.5.29.19', der('sequence', critical), critical),
    extension('2.5.29.14', der('octetString', randomBytes(20))),
  ];
}

/** 128 random bits, of which the first is 0 so that the number is positive. */
function serialNumber(): Uint8Array {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01;
  return bytes;
}

function keyPem(key: KeyObject, kind: KeyKind): string {
  if (kind === 'p256') return key.export({ type: 'sec1', format: 'pem' }).toString();
  const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
  return pem.replaceAll('PRIVATE KEY', 'ED25519 PRIVATE KEY');
}

function toPem(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}
