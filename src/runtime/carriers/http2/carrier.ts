import { Dialling } from '../../dial/dialler.js';
import type { Endpoint } from '../../dial/endpoint.js';
import { proxying } from '../../dial/proxy/proxying.js';
import type { Carrier, Connection, ConnectionOwner } from '../carrier.js';
import { type CarrierSettings, carrierSettings } from '../options.js';
import { Http2Connection } from './connection.js';
import type { Http2CarrierOptions } from './options.js';

/**
 * A carrier over HTTP/2 framed here.
 *
 * @throws {TalosConfigError} when an option cannot be used; the error names it
 */
export function http2Carrier(options: Http2CarrierOptions): Carrier {
  const { credentials, compression = 'none', proxy = 'environment' } = options;
  return new Http2Carrier(
    carrierSettings(options),
    compression === 'gzip',
    new Dialling((endpoint) => credentials.security(endpoint), proxying(proxy)),
  );
}

class Http2Carrier implements Carrier {
  readonly #settings: CarrierSettings;
  readonly #gzip: boolean;
  readonly #dialling: Dialling;
  /** Milliseconds between PINGs, for endpoints that refused more frequent ones. */
  readonly #keepaliveMs = new Map<string, number>();

  constructor(settings: CarrierSettings, gzip: boolean, dialling: Dialling) {
    this.#settings = settings;
    this.#gzip = gzip;
    this.#dialling = dialling;
  }

  connect(endpoint: Endpoint, owner: ConnectionOwner): Connection {
    const { keepalive } = this.#settings;
    const intervalMs = this.#keepaliveMs.get(endpoint.address) ?? keepalive?.intervalMs;
    return new Http2Connection(
      endpoint,
      this.#dialling.to(endpoint),
      {
        settings: this.#settings,
        gzip: this.#gzip,
        keepalive:
          keepalive === undefined || intervalMs === undefined
            ? undefined
            : { intervalMs, timeoutMs: keepalive.timeoutMs },
        pingLess: () => {
          if (intervalMs === undefined) return;
          this.#keepaliveMs.set(endpoint.address, Math.min(intervalMs * 2, 2 ** 31 - 1));
        },
      },
      owner,
    );
  }
}
