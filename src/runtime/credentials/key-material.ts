import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { type Pem, type PemBlock, readPem, refuse } from './pem.js';

/**
 * Reads all certificates of `value`, at least one.
 *
 * @throws {TalosConfigError} naming `field` and what was found instead
 */
export function readCertificates(value: Pem, field: string): X509Certificate[] {
  const blocks = readPem(value, field);
  const certificates = blocks.filter(({ label }) => certificateLabels.has(label));
  if (certificates.length === 0)
    throw refuse(field, `a certificate is needed, not ${list(blocks)}`);
  return certificates.map(({ der }, index) => {
    try {
      return new X509Certificate(der);
    } catch (cause) {
      throw refuse(field, `certificate ${index + 1} of ${certificates.length} is damaged`, cause);
    }
  });
}

/**
 * Reads the one private key of `value`.
 *
 * Talos writes Ed25519 keys with the label `ED25519 PRIVATE KEY`, which OpenSSL does not know
 * although the content is ordinary PKCS#8: so the key is read by its content, not by its label.
 *
 * @throws {TalosConfigError} naming `field` and what was found instead
 */
export function readPrivateKey(value: Pem, field: string): KeyObject {
  const blocks = readPem(value, field);
  const keys = blocks.filter(({ label }) => label.endsWith('PRIVATE KEY'));
  const [block] = keys;
  if (block === undefined) throw refuse(field, `a private key is needed, not ${list(blocks)}`);
  if (keys.length > 1) throw refuse(field, `one private key is needed, not ${keys.length}`);
  if (block.encrypted) throw refuse(field, 'the private key is encrypted: decrypt it first');
  for (const type of keyTypes(block.label)) {
    try {
      return createPrivateKey({ key: block.der, format: 'der', type });
    } catch {
      // OpenSSL says nothing that helps; another type may fit.
    }
  }
  throw refuse(field, `the content of the ${block.label} block is no private key`);
}

const certificateLabels: ReadonlySet<string> = new Set(['CERTIFICATE', 'X509 CERTIFICATE']);

function keyTypes(label: string): ('pkcs8' | 'pkcs1' | 'sec1')[] {
  if (label === 'RSA PRIVATE KEY') return ['pkcs1', 'pkcs8'];
  if (label === 'EC PRIVATE KEY') return ['sec1', 'pkcs8'];
  return ['pkcs8'];
}

/** What the blocks are, in words. */
function list(blocks: readonly PemBlock[]): string {
  const names = new Set(blocks.map(describe));
  return [...names].join(' and ');
}

function describe({ label, encrypted }: PemBlock): string {
  if (certificateLabels.has(label)) return 'a certificate';
  if (label.endsWith('PRIVATE KEY'))
    return encrypted ? 'an encrypted private key' : 'a private key';
  if (label.endsWith('PUBLIC KEY')) return 'a public key';
  if (label.endsWith('CERTIFICATE REQUEST')) return 'a certificate request';
  return `a PEM block labelled ${label}`;
}
