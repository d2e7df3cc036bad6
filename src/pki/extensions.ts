import { bitString, der, oid } from './der-writer.js';
import { addressBytes } from './names.js';

/** What a certificate may be used for. Talos wants exactly `client` from clients. */
export type Usage = 'client' | 'server' | 'both';

/** The object identifiers of the extensions that certificates of Talos have. */
export const extensionIds = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  alternativeNames: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
} as const;

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

const extendedUsages: Readonly<Record<Usage, readonly string[]>> = {
  client: [CLIENT_AUTH],
  server: [SERVER_AUTH],
  both: [SERVER_AUTH, CLIENT_AUTH],
};

const yes = der('boolean', Uint8Array.of(0xff));

function extension(id: keyof typeof extensionIds, critical: boolean, value: Uint8Array) {
  return der(
    'sequence',
    oid(extensionIds[id]),
    ...(critical ? [yes] : []),
    der('octetString', value),
  );
}

/** The extensions of a CA: digitalSignature and keyCertSign, both usages, no limit of its path. */
export function authorityExtensions(subjectKeyId: Uint8Array): readonly Uint8Array[] {
  return [
    extension('keyUsage', true, bitString(Uint8Array.of(0b1000_0100), 2)),
    extension('extendedKeyUsage', false, usageSequence('both')),
    extension('basicConstraints', true, der('sequence', yes)),
    extension('subjectKeyId', false, der('octetString', subjectKeyId)),
  ];
}

/** What the extensions of a certificate say that is no CA. */
export interface LeafFacts {
  readonly usage: Usage;
  /** The issuer's key identifier, if it has one. */
  readonly authorityKeyId: Uint8Array | undefined;
  /** The IP addresses and DNS names it is for. */
  readonly names: readonly string[];
  /** Whether it has no subject: then its names have to be understood. */
  readonly nameless: boolean;
}

/** The extensions of a certificate that is no CA: digitalSignature and its one usage. */
export function leafExtensions(facts: LeafFacts): readonly Uint8Array[] {
  const { usage, authorityKeyId, names, nameless } = facts;
  return [
    extension('keyUsage', true, bitString(Uint8Array.of(0b1000_0000), 7)),
    extension('extendedKeyUsage', false, usageSequence(usage)),
    ...(authorityKeyId === undefined
      ? []
      : [extension('authorityKeyId', false, der('sequence', der(0x80, authorityKeyId)))]),
    ...(names.length === 0
      ? []
      : [extension('alternativeNames', nameless, der('sequence', ...names.map(alternativeName)))]),
  ];
}

function usageSequence(usage: Usage): Uint8Array {
  return der('sequence', ...extendedUsages[usage].map(oid));
}

const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;

function alternativeName(name: string): Uint8Array {
  const address = addressBytes(name);
  return address === undefined
    ? der(DNS_NAME, new TextEncoder().encode(name))
    : der(IP_ADDRESS, address);
}
