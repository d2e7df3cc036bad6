import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import type { Extension, JsonNameParams } from '@peculiar/x509';
import { type Issued, issued } from './issued.js';
import { createKeyPair, ed25519, toTalosKeyPem } from './key-pair.js';
import { lifetimes, type ValidityOptions, validity } from './validity.js';
import { loadX509, type X509Library } from './x509-library.js';

/** What a certificate may be used for. Talos wants exactly `client` from clients. */
export type Usage = 'client' | 'server' | 'both';

/** A new CA. */
export interface AuthorityOptions extends ValidityOptions {
  /** Default: `talos`, the CA of the Talos API. */
  readonly organization?: string | undefined;
}

/** A certificate for a server. */
export interface ServerCertificateOptions extends ValidityOptions {
  /** The IPs and DNS names it is for. */
  readonly names: readonly string[];
  /** Default: the first DNS name. */
  readonly commonName?: string | undefined;
  /** Default: `server`. */
  readonly usage?: Usage | undefined;
}

/** A certificate for a client of the Talos API. */
export interface ClientCertificateOptions extends ValidityOptions {
  /** The roles it carries as Organization, such as `os:admin`. */
  readonly roles: readonly string[];
  readonly commonName?: string | undefined;
  /** Default: `client`, exactly. */
  readonly usage?: Usage | undefined;
}

/** A CA that issues certificates like those of Talos. */
export interface Authority {
  /** The CA certificate as PEM. */
  readonly cert: string;
  /** The CA's key as PEM with the label Talos uses, `ED25519 PRIVATE KEY`. */
  readonly key: string;
  /** Issues a certificate for a server, valid for 24 hours like that of a node. */
  issueServer(options: ServerCertificateOptions): Promise<Issued>;
  /** Issues a certificate for a client, valid for a year like that of a talosconfig. */
  issueClient(options: ClientCertificateOptions): Promise<Issued>;
}

/**
 * Creates a CA like the one for the Talos API: Ed25519, valid for 10 years.
 *
 * `now` also sets the time for the certificates it issues. Takes about 4 ms per certificate.
 *
 * @example
 * ```ts
 * const authority = await createAuthority();
 * const node = await authority.issueServer({ names: ['127.0.0.1', 'cp-1'] });
 * const admin = await authority.issueClient({ roles: ['os:admin'] });
 * const credentials = mtls({ ca: authority.cert, cert: admin.cert, key: admin.key });
 * ```
 */
export async function createAuthority(options: AuthorityOptions = {}): Promise<Authority> {
  const x509 = await loadX509();
  const keys = await createKeyPair();
  const keyId = randomBytes(20).toString('hex');
  const { BasicConstraintsExtension, KeyUsageFlags, KeyUsagesExtension } = x509;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: new x509.Name(nameOf([options.organization ?? 'talos'])),
    serialNumber: serialNumber(),
    ...validity(options, lifetimes.authority),
    keys,
    signingAlgorithm: ed25519,
    extensions: [
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.digitalSignature, true),
      extendedUsage(x509, 'both'),
      new BasicConstraintsExtension(true, undefined, true),
      new x509.SubjectKeyIdentifierExtension(keyId),
    ],
  });

  const issue = async (
    subject: JsonNameParams,
    dates: { notBefore: Date; notAfter: Date },
    extensions: Extension[],
  ): Promise<Issued> => {
    const { publicKey, privateKey } = await createKeyPair();
    const leaf = await x509.X509CertificateGenerator.create({
      subject: new x509.Name(subject),
      issuer: certificate.subjectName,
      serialNumber: serialNumber(),
      ...dates,
      publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: ed25519,
      extensions: [
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        ...extensions,
        new x509.AuthorityKeyIdentifierExtension(keyId),
      ],
    });
    return issued(pem(leaf), privateKey);
  };

  return {
    cert: pem(certificate),
    key: toTalosKeyPem(keys.privateKey),
    issueServer({ names, commonName, usage = 'server', now = options.now, ...dates }) {
      const name = commonName ?? names.find((candidate) => isIP(candidate) === 0);
      return issue(nameOf([], name), validity({ now, ...dates }, lifetimes.server), [
        extendedUsage(x509, usage),
        new x509.SubjectAlternativeNameExtension(
          names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
        ),
      ]);
    },
    issueClient({ roles, commonName, usage = 'client', now = options.now, ...dates }) {
      return issue(nameOf(roles, commonName), validity({ now, ...dates }, lifetimes.client), [
        extendedUsage(x509, usage),
      ]);
    },
  };
}

/** Organizations in one relative name, as Go writes them, and a common name. */
function nameOf(organizations: readonly string[], commonName?: string): JsonNameParams {
  // The values of a SET stand in the order of their encoding: shorter first, then by bytes.
  const sorted = [...organizations].sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  return [
    ...(sorted.length > 0 ? [{ O: sorted }] : []),
    ...(commonName === undefined ? [] : [{ CN: [commonName] }]),
  ];
}

function extendedUsage(x509: X509Library, usage: Usage): Extension {
  const { serverAuth, clientAuth } = x509.ExtendedKeyUsage;
  const usages = { client: [clientAuth], server: [serverAuth], both: [serverAuth, clientAuth] };
  return new x509.ExtendedKeyUsageExtension(usages[usage]);
}

/** 128 random bits in hexadecimal, of which the first is 0 so that the number is positive. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01;
  return bytes.toString('hex');
}

function pem(certificate: { toString(format: 'pem'): string }): string {
  return `${certificate.toString('pem').trim()}\n`;
}
