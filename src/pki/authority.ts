import type { KeyObject } from 'node:crypto';
import { readIssuer, signCertificate } from './certificate.js';
import { authorityExtensions, leafExtensions, type Usage } from './extensions.js';
import { generateKey, type KeyKind, keyPem, openKey, pkcs8Pem, publicKeyDer } from './keys.js';
import { addressBytes, distinguishedName, type Subject } from './names.js';
import { nodeCrypto } from './node-crypto.js';
import { lifetimes, type Validity, type ValidityOptions, validity } from './validity.js';

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

/** Creates a CA like those that Talos generates: self-signed, valid for 87,600 hours. */
export function createRoot(options: RootOptions = {}): Root {
  const { organization = 'talos', keys = 'ed25519' } = options;
  const key = generateKey(keys);
  const subject = distinguishedName({ organizations: organization === '' ? [] : [organization] });
  const cert = signCertificate(
    {
      ...validity(options, lifetimes.authority),
      issuer: subject,
      subject,
      publicKey: publicKeyDer(key),
      extensions: authorityExtensions(nodeCrypto().randomBytes(20)),
    },
    key,
  );
  return { cert, key: keyPem(key) };
}

/** A certificate with its key. */
export interface Issued extends Validity {
  /** The certificate as PEM, without its issuer. */
  readonly cert: string;
  /** The key as PEM with the label Talos uses, `ED25519 PRIVATE KEY`. */
  readonly key: string;
  /** The same key with the label `PRIVATE KEY`, for servers of Node and of grpc-js. */
  readonly pkcs8Key: string;
  /** SHA-256 of the public key in base64, as a node in maintenance mode shows it. */
  readonly fingerprint: string;
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

/** A certificate for a public key that somebody else has the private half of. */
export interface CertificateOptions extends ServerCertificateOptions {
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Uint8Array;
}

/** A CA that issues certificates like those of Talos. */
export interface Authority extends Root {
  /** Issues a certificate for a server, valid for 24 hours like that of a node. */
  issueServer(options: ServerCertificateOptions): Issued;
  /** Issues a certificate for a client, valid for a year like that of a talosconfig. */
  issueClient(options: ClientCertificateOptions): Issued;
  /** Issues a certificate for a key of others, as PEM, valid for 24 hours like that of a node. */
  certify(options: CertificateOptions): string;
}

/**
 * Makes a CA of a certificate and its key, such as those in a machine configuration. What it issues
 * has an Ed25519 key if its own is one, else one of P-256.
 *
 * @throws when the certificate or the key cannot be read, or do not belong together.
 */
export function openAuthority(root: Root, defaults: Pick<ValidityOptions, 'now'> = {}): Authority {
  const signingKey = openKey(root.key);
  const { subject: issuer, subjectKeyId, publicKey: own } = readIssuer(root.cert);
  if (!nodeCrypto().timingSafeEqual(digest(own), digest(publicKeyDer(signingKey)))) {
    throw new Error('the key is not that of the certificate');
  }

  const issue = (leaf: Leaf, publicKey: Uint8Array): string =>
    signCertificate(
      {
        ...leaf.dates,
        issuer,
        subject: distinguishedName(leaf.subject),
        publicKey,
        extensions: leafExtensions({
          usage: leaf.usage,
          names: leaf.names,
          nameless: isNameless(leaf.subject),
          authorityKeyId: subjectKeyId,
        }),
      },
      signingKey,
    );
  const issueWithKey = (leaf: Leaf): Issued => {
    const key = generateKey(signingKey.asymmetricKeyType === 'ed25519' ? 'ed25519' : 'p256');
    return issued(issue(leaf, publicKeyDer(key)), key, leaf.dates);
  };
  const serverLeaf = (options: ServerCertificateOptions): Leaf => ({
    subject: {
      commonName:
        options.commonName ?? options.names.find((name) => addressBytes(name) === undefined),
    },
    names: options.names,
    usage: options.usage ?? 'server',
    dates: validity({ now: defaults.now, ...options }, lifetimes.server),
  });

  return {
    cert: root.cert,
    key: root.key,
    issueServer: (options) => issueWithKey(serverLeaf(options)),
    issueClient: ({ roles, commonName, usage = 'client', ...dates }) =>
      issueWithKey({
        subject: { organizations: roles, commonName },
        names: [],
        usage,
        dates: validity({ now: defaults.now, ...dates }, lifetimes.client),
      }),
    certify: (options) => issue(serverLeaf(options), options.publicKey),
  };
}

/**
 * Creates a CA like the one for the Talos API, ready to issue. `now` also sets the time for the
 * certificates that it issues.
 *
 * @example
 * ```ts
 * const authority = createAuthority();
 * const node = authority.issueServer({ names: ['127.0.0.1', 'cp-1'] });
 * const admin = authority.issueClient({ roles: ['os:admin'] });
 * const credentials = mtls({ ca: authority.cert, cert: admin.cert, key: admin.key });
 * ```
 */
export function createAuthority(options: RootOptions = {}): Authority {
  return openAuthority(createRoot(options), options);
}

/** What tells one certificate from another: SHA-256 of it, in hexadecimal. */
export function rootId(cert: string): string {
  const body = cert.replace(/-----[^-]+-----|\s/g, '');
  return nodeCrypto().createHash('sha256').update(body, 'base64').digest('hex');
}

interface Leaf {
  readonly subject: Subject;
  readonly names: readonly string[];
  readonly usage: Usage;
  readonly dates: Validity;
}

function isNameless({ organizations = [], commonName }: Subject): boolean {
  return organizations.length === 0 && commonName === undefined;
}

function issued(cert: string, key: KeyObject, dates: Validity): Issued {
  return {
    cert,
    key: keyPem(key),
    pkcs8Key: pkcs8Pem(key),
    fingerprint: digest(publicKeyDer(key)).toString('base64'),
    ...dates,
  };
}

function digest(bytes: Uint8Array): Buffer {
  return nodeCrypto().createHash('sha256').update(bytes).digest();
}
