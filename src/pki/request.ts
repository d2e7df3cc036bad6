import type { Authority } from './authority.js';
import { expectTag, extensionValue } from './certificate.js';
import { type DerValue, oidText, partsOf, readDer } from './der-reader.js';
import { tags } from './der-writer.js';
import { nodeCrypto } from './node-crypto.js';
import { fromPem } from './pem.js';

/**
 * Issues the certificate that a request asks for, as trustd does for workers: for servers alone,
 * valid for 24 hours, and without the Organization of the request.
 *
 * @throws when `csr` is no certificate request as PEM, or not signed by its own key.
 */
export function signRequest(authority: Authority, csr: string): string {
  return authority.certify(readRequest(csr));
}

interface Request {
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  readonly commonName: string | undefined;
  readonly names: readonly string[];
}

function readRequest(csr: string): Request {
  const { label, bytes } = fromPem(csr);
  if (label !== 'CERTIFICATE REQUEST') throw new Error('the PEM block is no certificate request');
  const [body, algorithm, signature] = partsOf(expectTag(readDer(bytes), tags.sequence));
  const [, subject, publicKey, attributes] = partsOf(expectTag(body, tags.sequence));
  const spki = expectTag(publicKey, tags.sequence).raw;
  const [id] = partsOf(expectTag(algorithm, tags.sequence));
  const { createPublicKey, verify } = nodeCrypto();
  const isOwn = verify(
    hashOf(expectTag(id, tags.objectIdentifier)),
    expectTag(body, tags.sequence).raw,
    createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }),
    signatureBytes(expectTag(signature, tags.bitString)),
  );
  if (!isOwn) throw new Error('the signature of the request is not its own');
  return {
    publicKey: spki,
    commonName: commonNameOf(expectTag(subject, tags.sequence)),
    names: attributes === undefined ? [] : namesOf(attributes),
  };
}

/** A signature is whole bytes: none of the bits in its last one is left out. */
function signatureBytes({ content }: DerValue): Uint8Array {
  if (content[0] !== 0) throw new Error('the signature of the request is cut short');
  return content.subarray(1);
}

/** The hash of a signature; null for Ed25519, which has none of its own. */
function hashOf(algorithm: DerValue): string | null {
  const hashes: Readonly<Record<string, string | null>> = {
    '1.3.101.112': null,
    '1.2.840.10045.4.3.2': 'sha256',
    '1.2.840.10045.4.3.3': 'sha384',
    '1.2.840.10045.4.3.4': 'sha512',
    '1.2.840.113549.1.1.11': 'sha256',
    '1.2.840.113549.1.1.13': 'sha512',
  };
  const hash = hashes[oidText(algorithm)];
  if (hash === undefined) throw new Error('the request is signed in a way that Talos does not use');
  return hash;
}

const COMMON_NAME = '2.5.4.3';

function commonNameOf(subject: DerValue): string | undefined {
  for (const relative of partsOf(subject)) {
    for (const attribute of partsOf(relative)) {
      const [id, value] = partsOf(attribute);
      if (id !== undefined && oidText(id) === COMMON_NAME) return value && textOf(value.content);
    }
  }
  return undefined;
}

const EXTENSION_REQUEST = '1.2.840.113549.1.9.14';
const ALTERNATIVE_NAMES = '2.5.29.17';
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;

/** The IP addresses and DNS names that the request asks for. */
function namesOf(attributes: DerValue): readonly string[] {
  const wanted = partsOf(attributes).find((attribute) => {
    const [id] = partsOf(attribute);
    return id !== undefined && oidText(id) === EXTENSION_REQUEST;
  });
  const [, values] = wanted === undefined ? [] : partsOf(wanted);
  const [extensions] = values === undefined ? [] : partsOf(values);
  const names = extensions && extensionValue(extensions, ALTERNATIVE_NAMES);
  if (names === undefined) return [];
  return partsOf(readDer(names)).flatMap(({ tag, content }) => {
    if (tag === DNS_NAME) return [textOf(content)];
    return tag === IP_ADDRESS ? [addressOf(content)] : [];
  });
}

function addressOf(bytes: Uint8Array): string {
  if (bytes.length === 4) return [...bytes].join('.');
  if (bytes.length !== 16) throw new Error('an address has 4 or 16 bytes');
  const hex = Buffer.from(bytes).toString('hex');
  return (hex.match(/.{4}/g) ?? []).join(':');
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}
