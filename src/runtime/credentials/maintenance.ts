import { createSecureContext, type TLSSocket } from 'node:tls';
import { anything, flag } from '../arguments/kinds.js';
import { checkOptions, type Shape } from '../arguments/options.js';
import { ConnectionError } from '../dial/connection-error.js';
import type { Endpoint } from '../dial/endpoint.js';
import { checkFingerprints, keyFingerprint } from '../dial/fingerprint.js';
import type { Security } from '../dial/security.js';
import { TalosConfigError } from '../errors/config-error.js';
import type { Credentials } from './credentials.js';

/** How to identify a node that has no certificate of the cluster yet. */
export type MaintenanceOptions =
  | {
      /**
       * The fingerprints of the node's key, as its console shows them: base64 of the SHA-256 of
       * the public key. With several, one of them has to fit. Nodes renew their key every 12 hours.
       */
      readonly fingerprints: readonly string[];
      readonly insecure?: false | undefined;
    }
  | {
      /** Accepts any server that answers. */
      readonly insecure: true;
      readonly fingerprints?: undefined;
    };

const shape: Shape<MaintenanceOptions> = { fingerprints: anything, insecure: flag };

/**
 * Credentials for nodes in maintenance mode, which have no certificate of a cluster and ask for
 * none.
 *
 * With `fingerprints`, the node's key is its identity. The client talks only to a server that
 * proves that it has the key, whatever its name or address. This is checked on every connection,
 * before anything is sent. With `insecure: true` no server is verified: a configuration with its
 * secrets may go to anybody.
 *
 * @example
 * ```ts
 * createTalosClient({ endpoints: ['10.0.0.5'], credentials: maintenance({ fingerprints }) });
 * ```
 *
 * @throws {TalosConfigError} when neither or both are given, or a fingerprint is malformed
 */
export function maintenance(options: MaintenanceOptions): Credentials {
  checkOptions(options, shape, 'maintenance', '{ fingerprints: [pin] }');
  const { fingerprints, insecure } = options;
  if (insecure === true && fingerprints !== undefined) {
    throw new TalosConfigError(
      'insecure: fingerprints are given too; leave out one of them, best insecure',
      { field: 'insecure' },
    );
  }
  if (insecure === true) return new MaintenanceCredentials(undefined);
  return new MaintenanceCredentials(checkFingerprints(fingerprints ?? []));
}

class MaintenanceCredentials implements Credentials {
  readonly kind = 'maintenance';
  readonly certificate = undefined;
  readonly metadata = undefined;
  readonly #pins: ReadonlySet<string> | undefined;
  readonly #context = createSecureContext({ minVersion: 'TLSv1.2' });

  constructor(pins: ReadonlySet<string> | undefined) {
    this.#pins = pins;
  }

  security(): Security {
    const pins = this.#pins;
    return {
      tls: {
        context: this.#context,
        verify: (socket, endpoint) =>
          pins === undefined ? undefined : unpinned(socket, endpoint, pins),
      },
    };
  }
}

/**
 * Why the server is not the pinned one. By the end of the handshake the server has proven that it
 * has the key of its certificate. So it is enough to compare the key.
 */
function unpinned(
  socket: TLSSocket,
  endpoint: Endpoint,
  pins: ReadonlySet<string>,
): ConnectionError | undefined {
  const x509 = socket.getPeerX509Certificate();
  const seen = x509 === undefined ? undefined : keyFingerprint(x509);
  if (seen !== undefined && pins.has(seen)) return undefined;
  return new ConnectionError(
    'fingerprint',
    `${endpoint.address} has a key with the fingerprint ${seen ?? '(none)'}, which is not one of ` +
      'those given: compare it with the console of the node, whose key changes at every boot and ' +
      'every 12 hours',
    { peerFingerprint: seen },
  );
}
