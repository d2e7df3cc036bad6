import { X509Certificate } from 'node:crypto';
import { system } from '../../../generated/features/system.js';
import type { ReconnectParts } from '../../reconnect/retries.js';
import { anything, text, texts } from '../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import { checkDuration } from '../../runtime/call.js';
import {
  type ClientCertificate,
  describeCertificate,
} from '../../runtime/credentials/client-certificate.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import { quoted } from '../../runtime/errors/quoted.js';
import { freshTarget } from '../../runtime/fresh-target.js';
import { checkTarget, type Target } from '../../runtime/target.js';
import { placeOf, type TalosconfigContext } from '../../talosconfig/context.js';
import { configError, contextField } from '../../talosconfig/place.js';
import { readTalosconfig } from '../../talosconfig/read.js';
import { decodePem } from '../../talosconfig/setting-values.js';
import type { Talosconfig } from '../../talosconfig/talosconfig.js';
import { updateTalosconfig } from '../../talosconfig/update.js';
import type { Operation } from '../run/operation.js';
import { type OperationOptions, operationShape } from '../run/options.js';
import { poll } from '../run/poll.js';
import { runOperation } from '../run/run-operation.js';
import { type Issued, isIssuedBy, issue } from './issue.js';
import type { RenewTalosconfigStep } from './step.js';

export type { RenewTalosconfigStep } from './step.js';

/** What the new certificate is to be. All times are milliseconds. */
export interface RenewTalosconfigOptions extends OperationOptions<RenewTalosconfigStep> {
  /** The context whose certificate it is. Default: the current one. */
  readonly context?: string | undefined;
  /** Its roles. Default: those of the certificate that is there. */
  readonly roles?: readonly string[] | undefined;
  /** How long it is good for. Default: a year of 8760 hours, as Talos has it. */
  readonly lifetimeMs?: number | undefined;
  /**
   * Renews only when the certificate that is there has less left than this. Default: renews whatever
   * is left.
   */
  readonly whenLeftMs?: number | undefined;
}

/** What `renewTalosconfig` did. Nothing in it is secret. */
export interface RenewedTalosconfig {
  /** The file. */
  readonly path: string | undefined;
  readonly context: string;
  /** Whether it has a new certificate. Not while there is more left than `whenLeftMs`. */
  readonly renewed: boolean;
  /** The roles of the certificate that is there now. */
  readonly roles: readonly string[];
  /** Until when it is good. */
  readonly notAfter: Date;
}

const shape: Shape<RenewTalosconfigOptions> = {
  ...operationShape,
  context: text,
  roles: texts('os:reader'),
  lifetimeMs: anything,
  whenLeftMs: anything,
};

const YEAR_MS = 8760 * 3_600_000;

/**
 * Puts a new client certificate into a talosconfig, before the old one runs out. A control plane
 * issues it, and a call is made with it before the file is touched; the file is replaced in one step,
 * and what others write into it at the same time stays. The CA certificates of the context become
 * those that the cluster accepts now.
 *
 * It needs `os:admin`. A client that watches the file (`watchTalosconfig`) takes the new certificate.
 *
 * @example
 * ```ts
 * const days = 24 * 3_600_000;
 * await renewTalosconfig(talos, '~/.talos/config', { whenLeftMs: 30 * days });
 * ```
 * @param target the client, or a control plane
 * @param path the talosconfig; `undefined` looks for it as `findTalosconfig` does
 * @throws {TalosConfigError} when there is no such file or context, or it has no certificate, as
 * contexts for Omni
 * @throws {TalosOperationError} when no control plane issues one that works within `timeoutMs`
 * (default: 120000), or the context is of another cluster; the file is as it was
 */
export async function renewTalosconfig(
  target: Target,
  path: string | undefined,
  options: RenewTalosconfigOptions = {},
  parts?: ReconnectParts,
): Promise<RenewedTalosconfig> {
  checkOptions(options, shape, 'renewTalosconfig');
  const { lifetimeMs = YEAR_MS, whenLeftMs = Number.MAX_SAFE_INTEGER } = options;
  checkDuration(lifetimeMs, 'lifetimeMs');
  checkDuration(whenLeftMs, 'whenLeftMs');
  const setup = { name: 'renewTalosconfig', target, options, defaultTimeoutMs: 120_000, parts };
  return runOperation({ ...setup, target: checkTarget(target) }, async (operation) => {
    operation.begin('read the talosconfig');
    const config = await readTalosconfig({ path });
    const context = config.context(options.context);
    const old = certificateOf(context);
    const { roles: oldRoles, notAfter } = old.certificate;
    const file = { path: config.path, context: context.name };
    if (notAfter.getTime() - Date.now() >= whenLeftMs) {
      return { ...file, renewed: false, roles: oldRoles, notAfter };
    }
    const { roles = oldRoles } = options;
    operation.begin('issue a certificate');
    const issued = await issue(operation, target, { roles, lifetimeMs });
    if (!isIssuedBy(old.pem, issued.ca)) {
      throw operation.failure(`the context ${quoted(context.name)} is of another cluster`, {
        hint: 'its certificate is not from a CA of this cluster; the file is as it was',
      });
    }
    operation.begin('try the certificate');
    await tryOut(operation, target, issued);
    operation.begin('save the talosconfig');
    const { ca, crt, key } = issued;
    const change = (now: Talosconfig): Talosconfig => {
      operation.signal.throwIfAborted();
      return now.withUpdatedContext(context.name, { ca, crt, key });
    };
    await updateTalosconfig(change, { path: config.path });
    const fresh = describeCertificate(new X509Certificate(crt));
    return { ...file, renewed: true, roles: fresh.roles, notAfter: fresh.notAfter };
  });
}

/** The certificate that a context has, as PEM text, and what it says. */
function certificateOf(context: TalosconfigContext): {
  readonly pem: string;
  readonly certificate: ClientCertificate;
} {
  const { crt } = context.settings();
  if (crt === undefined) {
    throw new TalosConfigError(
      `the context ${quoted(context.name)} has no client certificate to renew`,
      { field: contextField(context.name, 'crt') },
    );
  }
  const pem = decodePem(crt, context[placeOf]('crt'));
  try {
    return { pem, certificate: describeCertificate(new X509Certificate(pem)) };
  } catch (cause) {
    throw configError('is no certificate', context[placeOf]('crt'), { cause });
  }
}

/** Makes a call with the new certificate. A clock that is behind that of the node is waited for. */
async function tryOut(
  operation: Operation<RenewTalosconfigStep>,
  target: Target,
  { credentials }: Issued,
): Promise<void> {
  const fresh = freshTarget(target, { credentials });
  try {
    const options = { what: 'a call with the new certificate', everyMs: 2_000, attemptMs: 15_000 };
    await poll(operation, options, async (attempt) => ({
      found: await system(fresh).version({}, attempt),
    }));
  } finally {
    await fresh.close();
  }
}
