import type { KeyObject } from 'node:crypto';
import { type DerValue, oidText, partsOf, readDer } from './der-reader.js';
import { bitString, der, explicit, oid, tags, time, unsignedInteger } from './der-writer.js';
import { extensionIds } from './extensions.js';
import { nodeCrypto } from './node-crypto.js';
import { fromPem, toPem } from './pem.js';
import type { Validity } from './validity.js';

/** All that a certificate says, in DER where it is made elsewhere. */
export interface CertificateFacts extends Validity {
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  readonly extensions: readonly Uint8Array[];
}

/** How each kind of key signs: the object identifier, and the hash where it has one. */
const signatures: Readonly<Record<string, readonly [id: string, hash: string | null]>> = {
  ed25519: ['1.3.101.112', null],
  ec: ['1.2.840.10045.4.3.2', 'sha256'],
  rsa: ['1.2.840.113549.1.1.13', 'sha512'],
};

/** Writes a certificate of version 3 with 128 random bits as its number, and signs it. As PEM. */
export function signCertificate(facts: CertificateFacts, key: KeyObject): string {
  const { randomBytes, sign } = nodeCrypto();
  const kind = key.asymmetricKeyType ?? '';
  const signature = signatures[kind];
  if (signature === undefined) throw new Error(`keys of the kind ${kind} sign no certificates`);
  const [id, hash] = signature;
  // The parameters of RSA are null, the others have none.
  const algorithm = der('sequence', oid(id), ...(kind === 'rsa' ? [der(0x05)] : []));
  const body = der(
    'sequence',
    explicit(0, unsignedInteger(Uint8Array.of(2))),
    unsignedInteger(randomBytes(16)),
    algorithm,
    facts.issuer,
    der('sequence', time(facts.notBefore), time(facts.notAfter)),
    facts.subject,
    facts.publicKey,
    explicit(3, der('sequence', ...facts.extensions)),
  );
  return toPem('CERTIFICATE', der('sequence', body, algorithm, bitString(sign(hash, body, key))));
}

/** What an issuer's certificate gives to those that it issues. */
export interface IssuerFacts {
  readonly subject: Uint8Array;
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  readonly subjectKeyId: Uint8Array | undefined;
}

/**
 * Reads the certificate of an issuer.
 *
 * @throws when the text holds no certificate. The message quotes nothing of it.
 */
export function readIssuer(pem: string): IssuerFacts {
  const { label, bytes } = fromPem(pem);
  if (label !== 'CERTIFICATE') throw new Error('the PEM block is no certificate');
  try {
    return issuerFacts(readDer(bytes));
  } catch (cause) {
    throw new Error('the PEM block holds no certificate', { cause });
  }
}

function issuerFacts(certificate: DerValue): IssuerFacts {
  const [body] = partsOf(certificate);
  // The version stands first and may be missing.
  const fields = partsOf(expectTag(body, tags.sequence)).filter(({ tag }) => tag !== 0xa0);
  const [, , , , subject, publicKey, ...optional] = fields;
  const extensions = optional.find(({ tag }) => tag === 0xa3);
  return {
    subject: expectTag(subject, tags.sequence).raw,
    publicKey: expectTag(publicKey, tags.sequence).raw,
    subjectKeyId: extensions && subjectKeyId(extensions),
  };
}

function subjectKeyId(extensions: DerValue): Uint8Array | undefined {
  const [list] = partsOf(extensions);
  const value = extensionValue(expectTag(list, tags.sequence), extensionIds.subjectKeyId);
  return value && readDer(value).content;
}

/** The value of an extension in a sequence of them; absent when it is not there. */
export function extensionValue(extensions: DerValue, id: string): Uint8Array | undefined {
  const found = partsOf(extensions).find((extension) => {
    const [first] = partsOf(extension);
    return first !== undefined && oidText(first) === id;
  });
  return found && partsOf(found).at(-1)?.content;
}

/** The value, if it is there and has the tag. */
export function expectTag(value: DerValue | undefined, tag: number): DerValue {
  if (value?.tag !== tag) throw new Error('another value of DER is due here');
  return value;
}
