import { X509Certificate } from 'node:crypto';
import { described } from '../../runtime/arguments/described.js';
import { anything, number } from '../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import { checkDuration } from '../../runtime/call.js';
import {
  type ClientCertificate,
  describeCertificate,
} from '../../runtime/credentials/client-certificate.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import type { TalosClient } from '../../runtime/talos-client.js';
import type { TalosconfigContext } from '../../talosconfig/context.js';
import type { Talosconfig } from '../../talosconfig/talosconfig.js';

/**
 * How long a certificate is good for still.
 *
 * - `valid`, or `expiring` when less is left than the warning asks for
 * - `expired`, or `not-yet-valid` as when a clock is wrong
 * - `unreadable`: it is no certificate
 */
export type ExpiryState = 'valid' | 'expiring' | 'expired' | 'not-yet-valid' | 'unreadable';

/** A certificate, and until when it is good. */
export interface CertificateExpiry {
  /** The context of the talosconfig; absent for the certificate of a client. */
  readonly context: string | undefined;
  /** Whether it proves who the caller is, or is one of those that nodes are verified with. */
  readonly kind: 'client' | 'ca';
  readonly state: ExpiryState;
  /** The distinguished name, such as `O=os:admin`; empty when it is unreadable. */
  readonly subject: string;
  /** Until when it is good; absent when it is unreadable. */
  readonly notAfter: Date | undefined;
  /** Milliseconds until then, negative afterwards; 0 when it is unreadable. */
  readonly leftMs: number;
}

/** When to warn. */
export interface CertificateExpiryOptions {
  /** A certificate with less than so many milliseconds left is `expiring`. Default: 30 days. */
  readonly warnMs?: number | undefined;
  /** The time to compare with, in milliseconds since 1970. Default: now. */
  readonly now?: number | undefined;
}

const shape: Shape<CertificateExpiryOptions> = { warnMs: anything, now: number };

const WARN_MS = 30 * 24 * 3_600_000;

/**
 * Tells until when the certificates of a talosconfig are good, in all its contexts, or that of a
 * client: what runs out first comes first. It asks no node. Contexts without certificates, as those
 * for Omni, are left out. `renewTalosconfig` makes new client certificates; a CA is rotated.
 *
 * @example
 * ```ts
 * const soon = certificateExpiry(await readTalosconfig()).filter(({ state }) => state !== 'valid');
 * for (const { context, kind, leftMs } of soon) console.warn(context, kind, leftMs);
 * ```
 * @throws {TalosConfigError} for what is neither a talosconfig nor a client, or a wrong option
 */
export function certificateExpiry(
  source: Talosconfig | TalosClient,
  options: CertificateExpiryOptions = {},
): readonly CertificateExpiry[] {
  checkOptions(options, shape, 'certificateExpiry');
  const { warnMs = WARN_MS, now = Date.now() } = options;
  checkDuration(warnMs, 'warnMs');
  const found = certificatesOf(source).map(({ context, kind, certificate }): CertificateExpiry => {
    if (certificate === undefined) {
      const nothing = { subject: '', notAfter: undefined, leftMs: 0 };
      return { context, kind, state: 'unreadable', ...nothing };
    }
    const { subject, notAfter } = certificate;
    const leftMs = notAfter.getTime() - now;
    return { context, kind, state: stateOf(certificate, now, warnMs), subject, notAfter, leftMs };
  });
  return found.sort((one, other) => one.leftMs - other.leftMs);
}

function stateOf(
  { notBefore, notAfter }: ClientCertificate,
  now: number,
  warnMs: number,
): ExpiryState {
  const leftMs = notAfter.getTime() - now;
  if (leftMs < 0) return 'expired';
  if (notBefore.getTime() > now) return 'not-yet-valid';
  return leftMs < warnMs ? 'expiring' : 'valid';
}

interface Found {
  readonly context: string | undefined;
  readonly kind: 'client' | 'ca';
  /** Absent when it cannot be read. */
  readonly certificate: ClientCertificate | undefined;
}

function certificatesOf(source: Talosconfig | TalosClient): readonly Found[] {
  const given = source as Partial<Talosconfig & TalosClient> | null | undefined;
  if (Array.isArray(given?.contexts)) return (source as Talosconfig).contexts.flatMap(ofContext);
  if (typeof given?.node === 'function') {
    const { certificate } = given;
    return certificate === undefined ? [] : [{ context: undefined, kind: 'client', certificate }];
  }
  throw new TalosConfigError(
    `certificateExpiry: expected a talosconfig or a client, got ${described(source)}`,
    { field: 'source' },
  );
}

function ofContext(context: TalosconfigContext): readonly Found[] {
  const { ca, crt } = context.settings();
  const found = (kind: Found['kind'], base64: string | undefined): readonly Found[] =>
    base64 === undefined
      ? []
      : readAll(base64).map((certificate) => ({ context: context.name, kind, certificate }));
  return [...found('client', crt).slice(0, 1), ...found('ca', ca)];
}

/** The certificates in base64 of PEM; of a CA there are several during its rotation. */
function readAll(base64: string): readonly (ClientCertificate | undefined)[] {
  const text = Buffer.from(base64, 'base64').toString();
  const list = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [text];
  return list.map((pem) => {
    try {
      return describeCertificate(new X509Certificate(pem));
    } catch {
      return undefined;
    }
  });
}
