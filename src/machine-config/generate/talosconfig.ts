import { stringify } from 'yaml';
import { openAuthority } from '../../pki/index.js';
import { MachineConfigError } from '../../runtime/errors/machine-config-error.js';
import type { SecretsBundle } from '../secrets/bundle.js';

/** Who is to be let in to a cluster. */
export interface TalosconfigOptions {
  /** The name of the context. */
  readonly clusterName: string;
  readonly secrets: Pick<SecretsBundle, 'certs'>;
  /** Addresses of control planes. Default: none, to be added later. */
  readonly endpoints?: readonly string[] | undefined;
  /** Default: `os:admin`. */
  readonly roles?: readonly string[] | undefined;
  /** Milliseconds until the certificate expires. Default: 8,760 hours. */
  readonly lifetimeMs?: number | undefined;
  /** What time it is, in milliseconds since 1970. Default: `Date.now`. */
  readonly now?: (() => number) | undefined;
}

/**
 * Makes a talosconfig for a cluster, with a new certificate and key: the text of the file, as
 * `talosctl gen config` writes it. Keep it to yourself (mode 0600). Needs `node:crypto`.
 *
 * @throws {MachineConfigError} when the authority of the secrets cannot issue.
 *
 * @example
 * ```ts
 * const text = generateTalosconfig({ clusterName: 'prod', secrets, endpoints: ['10.5.0.2'] });
 * const talos = createTalosClient(clientOptions(parseTalosconfig(text).context()));
 * ```
 */
export function generateTalosconfig(options: TalosconfigOptions): string {
  const { clusterName, secrets, endpoints = [], roles = ['os:admin'], lifetimeMs, now } = options;
  const { os } = secrets.certs;
  const client = authorityOf(os).issueClient({ roles: [...new Set(roles)], lifetimeMs, now });
  return stringify(
    {
      context: clusterName,
      contexts: {
        [clusterName]: {
          endpoints,
          ca: btoa(os.cert),
          crt: btoa(client.cert),
          key: btoa(client.key),
        },
      },
    },
    { indent: 4, lineWidth: 0 },
  );
}

function authorityOf(os: SecretsBundle['certs']['os']) {
  try {
    return openAuthority(os);
  } catch (cause) {
    const message = `cannot issue certificates: ${(cause as Error).message}`;
    throw new MachineConfigError([{ path: 'secrets: certs.os', message }], { cause });
  }
}
