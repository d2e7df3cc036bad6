import { Dialling } from '../../dial/dialler.js';
import type { Endpoint } from '../../dial/endpoint.js';
import { proxying } from '../../dial/proxy/proxying.js';
import { TalosConfigError } from '../../errors/config-error.js';
import type { Carrier, Connection, ConnectionOwner } from '../carrier.js';
import { GrpcConnection } from './connection.js';
import { quietGrpcLogs } from './grpc-logs.js';
import { MetadataCache } from './metadata.js';
import type { GrpcCarrierOptions } from './options.js';
import { type GrpcSettings, grpcSettings } from './settings.js';

/**
 * A carrier over grpc-js, with one channel per connection.
 *
 * @throws {TalosConfigError} when an option cannot be used; the error names it. In Deno always.
 */
export function grpcCarrier(options: GrpcCarrierOptions): Carrier {
  refuseDeno();
  const { credentials, keepalive, grpcLogs, proxy = 'environment' } = options;
  const settings = grpcSettings(options);
  const dialling = new Dialling((endpoint) => credentials.security(endpoint), proxying(proxy));
  if (keepalive !== undefined && grpcLogs !== 'keep') quietGrpcLogs();
  return new GrpcCarrier(settings, dialling);
}

/** There connections that a program made itself end before HTTP/2 begins, and then the process. */
function refuseDeno(): void {
  if (!('Deno' in globalThis)) return;
  throw new TalosConfigError(
    "grpc-js does not work in Deno; import createTalosClient from 'talos-client/http2'",
  );
}

class GrpcCarrier implements Carrier {
  readonly #settings: GrpcSettings;
  readonly #dialling: Dialling;
  readonly #metadata = new MetadataCache();
  /** Milliseconds between PINGs, for endpoints that refused more frequent ones. */
  readonly #keepaliveMs = new Map<string, number>();

  constructor(settings: GrpcSettings, dialling: Dialling) {
    this.#settings = settings;
    this.#dialling = dialling;
  }

  connect(endpoint: Endpoint, owner: ConnectionOwner): Connection {
    const keepaliveMs =
      this.#keepaliveMs.get(endpoint.address) ?? this.#settings.keepalive?.intervalMs;
    return new GrpcConnection(
      endpoint,
      this.#dialling.to(endpoint),
      {
        settings: this.#settings,
        metadata: this.#metadata,
        keepaliveMs,
        pingLess: () => {
          if (keepaliveMs === undefined) return;
          this.#keepaliveMs.set(endpoint.address, Math.min(keepaliveMs * 2, 2 ** 31 - 1));
        },
      },
      owner,
    );
  }
}
