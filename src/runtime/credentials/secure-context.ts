import type { KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { errorCode } from '../dial/connection-error.js';
import { type ClientCertificate, describeCertificate } from './client-certificate.js';
import { readCertificates, readPrivateKey } from './key-material.js';
import { type Pem, refuse } from './pem.js';

/** Whom the client trusts and, if it has one, its own certificate with the key. */
export interface TlsMaterial {
  readonly ca?: Pem | undefined;
  readonly cert?: Pem | undefined;
  readonly key?: Pem | undefined;
}

/** The TLS settings made of it. Node keeps the key in the context; nothing else holds it. */
export interface SecureMaterial {
  readonly context: SecureContext;
  readonly certificate: ClientCertificate | undefined;
}

/**
 * Reads certificates and a key, and makes TLS settings of them.
 *
 * @throws {TalosConfigError} naming `ca`, `cert` or `key`
 */
export function secureMaterial({ ca, cert, key }: TlsMaterial): SecureMaterial {
  const roots = ca === undefined ? undefined : readCertificates(ca, 'ca').map(String);
  const identity = readIdentity(cert, key);
  return {
    context: createContext(roots, identity),
    certificate: identity && describeCertificate(identity.leaf),
  };
}

function createContext(roots: string[] | undefined, identity: Identity | undefined): SecureContext {
  try {
    return createSecureContext({
      minVersion: 'TLSv1.2',
      ...(roots && { ca: roots }),
      ...(identity && {
        cert: identity.chain.join(''),
        key: identity.key.export({ type: 'pkcs8', format: 'pem' }),
      }),
    });
  } catch (cause) {
    // Readable, and yet OpenSSL does not take it: a key that is too short, for example.
    const field = identity === undefined ? 'ca' : 'cert';
    throw refuse(field, `OpenSSL cannot use it for TLS: ${errorCode(cause) ?? 'no reason'}`, cause);
  }
}

interface Identity {
  readonly leaf: X509Certificate;
  readonly chain: readonly X509Certificate[];
  readonly key: KeyObject;
}

function readIdentity(cert: Pem | undefined, key: Pem | undefined): Identity | undefined {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined) throw refuse('cert', 'is missing, although there is a key');
  if (key === undefined) throw refuse('key', 'is missing, although there is a certificate');
  const chain = readCertificates(cert, 'cert');
  const privateKey = readPrivateKey(key, 'key');
  const [leaf] = chain;
  if (!leaf?.checkPrivateKey(privateKey)) {
    throw refuse('key', 'the key does not belong to the certificate');
  }
  return { leaf, chain, key: privateKey };
}
