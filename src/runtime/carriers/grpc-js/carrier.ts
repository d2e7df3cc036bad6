import { Dialling } from '../../dial/dialler.js';
import type { Endpoint } from '../../dial/endpoint.js';
import { proxying } from '../../dial/proxy/proxying.js';
import type { Carrier, Connection, ConnectionOwner } from '../carrier.js';
import { GrpcConnection } from './connection.js';
import { quietGrpcLogs } from './grpc-logs.js';
import { MetadataCache } from './metadata.js';
import type { GrpcCarrierOptions } from './options.js';
import { type GrpcSettings, grpcSettings } from './settings.js';

/**
 * A carrier over grpc-js, with one channel per connection.
 *
 * @throws {TalosConfigError} when an option cannot be used; the error names it
 */
export function grpcCarrier(options: GrpcCarrierOptions): Carrier {
  const { credentials, keepalive, grpcLogs, proxy = 'environment' } = options;
  const settings = grpcSettings(options);
  const dialling = new Dialling((endpoint) => credentials.security(endpoint), proxying(proxy));
  if (keepalive !== undefined && grpcLogs !== 'keep') quietGrpcLogs();
  return new GrpcCarrier(settings, dialling);
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
