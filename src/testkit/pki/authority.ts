import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import type { Extension, JsonNameParams, PublicKeyType } from '@peculiar/x509';
import { type Issued, issued } from './issued.js';
import { createKeyPair, importKey, signing } from './key-pair.js';
import { createRoot, type Root, type RootOptions } from './root.js';
import { lifetimes, type ValidityOptions, validity } from './validity.js';
import { loadX509, type X509Library } from './x509-library.js';

/** What a certificate may be used for. Talos wants exactly `client` from clients. */
export type Usage = 'client' | 'server' | 'both';

/** A new CA. */
export type AuthorityOptions = RootOptions;

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
  /**
   * Issues the certificate that a request asks for, as trustd does for workers: for servers alone,
   * valid for 24 hours, and without the Organization of the request.
   *
   * @throws when `csr` is no certificate request as PEM, or not signed by its own key.
   */
  sign(csr: string, dates?: ValidityOptions): Promise<string>;
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
  return openAuthority(createRoot(options), options);
}

/**
 * Makes a CA of a certificate and its key, such as those in a machine configuration. What it issues
 * has keys of the same kind.
 *
 * @throws when the key is none that Talos uses.
 */
export async function openAuthority(
  root: Root,
  options: Pick<ValidityOptions, 'now'> = {},
): Promise<Authority> {
  const x509 = await loadX509();
  const { key: signingKey, kind } = await importKey(root.key);
  const certificate = new x509.X509Certificate(root.cert);
  const keyId = certificate.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId;
  const { KeyUsageFlags, KeyUsagesExtension } = x509;

  const issue = async (
    subject: JsonNameParams,
    dates: ValidityDates,
    publicKey: PublicKeyType,
    extensions: readonly Extension[],
  ): Promise<string> => {
    const leaf = await x509.X509CertificateGenerator.create({
      subject: new x509.Name(subject),
      issuer: certificate.subjectName,
      serialNumber: serialNumber(),
      ...dates,
      publicKey,
      signingKey,
      signingAlgorithm: signing[kind],
      extensions: [
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        ...extensions,
        ...(keyId === undefined ? [] : [new x509.AuthorityKeyIdentifierExtension(keyId)]),
      ],
    });
    return pem(leaf);
  };
  const issueWithKey = async (
    subject: JsonNameParams,
    dates: ValidityDates,
    extensions: readonly Extension[],
  ): Promise<Issued> => {
    const { publicKey, privateKey } = await createKeyPair(kind);
    return issued(await issue(subject, dates, publicKey, extensions), privateKey);
  };
  const forNames = (names: readonly string[]): readonly Extension[] =>
    names.length === 0
      ? []
      : [
          new x509.SubjectAlternativeNameExtension(
            names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
          ),
        ];

  return {
    cert: root.cert,
    key: root.key,
    issueServer({ names, commonName, usage = 'server', now = options.now, ...dates }) {
      const name = commonName ?? names.find((candidate) => isIP(candidate) === 0);
      return issueWithKey(nameOf([], name), validity({ now, ...dates }, lifetimes.server), [
        extendedUsage(x509, usage),
        ...forNames(names),
      ]);
    },
    issueClient({ roles, commonName, usage = 'client', now = options.now, ...dates }) {
      return issueWithKey(
        nameOf(roles, commonName),
        validity({ now, ...dates }, lifetimes.client),
        [extendedUsage(x509, usage)],
      );
    },
    async sign(csr, { now = options.now, ...dates } = {}) {
      const request = new x509.Pkcs10CertificateRequest(csr);
      if (!(await request.verify())) throw new Error('the signature of the request is not its own');
      const wanted = request.getExtension(ALTERNATIVE_NAMES);
      const names =
        wanted === null ? [] : new x509.SubjectAlternativeNameExtension(wanted.rawData).names.items;
      return issue(
        nameOf([], request.subjectName.getField('CN')[0]),
        validity({ now, ...dates }, lifetimes.server),
        request.publicKey,
        [extendedUsage(x509, 'server'), ...forNames(names.map(({ value }) => value))],
      );
    },
  };
}

/** The extension that holds the names of a server. */
const ALTERNATIVE_NAMES = '2.5.29.17';

/** The two dates of a certificate. */
type ValidityDates = ReturnType<typeof validity>;

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
