import { anything, record, texts } from '../arguments/kinds.js';
import { checkOptions, type Shape } from '../arguments/options.js';
import type { Credentials } from '../credentials/credentials.js';
import { TalosConfigError } from '../errors/config-error.js';

/** When the client asks a silent connection whether its peer is still there. */
export interface KeepaliveOptions {
  /**
   * Milliseconds of silence before a PING. Talos nodes refuse PINGs that come more often than every
   * five minutes: the connection then ends, and the next one sends them half as often.
   */
  readonly intervalMs: number;
  /** Milliseconds to wait for the answer before the connection counts as dead. Default: 5000. */
  readonly timeoutMs?: number | undefined;
}

/** How long an endpoint that cannot be reached is left alone. */
export interface BackoffOptions {
  /**
   * Milliseconds after the first failure; each further failure makes it 1.6 times as long. Default:
   * 100.
   */
  readonly firstMs?: number | undefined;
  /** Milliseconds at most. Default: 5000. */
  readonly maxMs?: number | undefined;
}

/** Where and how a client connects, whatever carries its calls. */
export interface CarrierOptions {
  /**
   * Where to reach the API, preferably the control plane nodes: `10.0.0.2`, `host:50000`,
   * `https://host`, `[2001:db8::1]:50000` or `unix:///path`. Port 50000 when none is given.
   */
  readonly endpoints: readonly string[];
  readonly credentials: Credentials;
  /**
   * The proxy to connect through: that of the environment (`HTTPS_PROXY`, `NO_PROXY`), none at all
   * (`direct`), or an `http`, `https` or `socks5` URL. Default: `environment`.
   */
  readonly proxy?: 'environment' | 'direct' | (string & {}) | undefined;
  /**
   * PINGs while calls are open. Default: none, as in the official client. TCP alone notices that a
   * machine is gone. PINGs also notice an endpoint that hangs, and one that broke the rules of
   * HTTP/2: Node then reads no further and reports nothing. Without PINGs, only `idleTimeoutMs` or
   * a deadline ends a stream in these cases.
   */
  readonly keepalive?: KeepaliveOptions | undefined;
  /** The largest message to send or to receive, in bytes. Default: 33554432, as in Talos. */
  readonly maxMessageBytes?: number | undefined;
  /**
   * Bytes a node may send before it has to wait for the reader, per stream and per connection.
   * Default: 2097120, as in the official client.
   */
  readonly flowControlWindow?: number | undefined;
  /**
   * Milliseconds that an endpoint has to accept a connection, TLS and HTTP/2 included, before the
   * attempt fails. Default: 10000.
   */
  readonly connectTimeoutMs?: number | undefined;
  /** How long an endpoint that cannot be reached is left alone. Default: 100 to 5000 ms. */
  readonly backoff?: BackoffOptions | undefined;
}

const keepaliveShape: Shape<KeepaliveOptions> = { intervalMs: anything, timeoutMs: anything };
const backoffShape: Shape<BackoffOptions> = { firstMs: anything, maxMs: anything };

/** Numbers, the proxy and the credentials are checked where they are used. */
export const carrierShape: Shape<CarrierOptions> = {
  endpoints: texts('10.0.0.2'),
  credentials: anything,
  proxy: anything,
  keepalive: record,
  maxMessageBytes: anything,
  flowControlWindow: anything,
  connectTimeoutMs: anything,
  backoff: record,
};

/** The settings that all connections of a carrier share. */
export interface CarrierSettings {
  readonly maxMessageBytes: number;
  readonly flowControlWindow: number;
  readonly connectTimeoutMs: number;
  readonly keepalive: { readonly intervalMs: number; readonly timeoutMs: number } | undefined;
}

/**
 * The settings that `options` ask for.
 *
 * @throws {TalosConfigError} naming the option that cannot be used
 */
export function carrierSettings(options: CarrierOptions): CarrierSettings {
  const {
    backoff,
    keepalive,
    maxMessageBytes = 33_554_432,
    flowControlWindow = 2_097_120,
    connectTimeoutMs = 10_000,
  } = options;
  checkWhole(maxMessageBytes, 'maxMessageBytes', 1, 0xffff_ffff);
  checkWhole(flowControlWindow, 'flowControlWindow', 65_535, 0x7fff_ffff);
  checkWhole(connectTimeoutMs, 'connectTimeoutMs', 1, 0x7fff_ffff);
  if (backoff !== undefined) checkOptions(backoff, backoffShape, 'backoff');
  if (keepalive !== undefined) {
    checkOptions(keepalive, keepaliveShape, 'keepalive');
    checkWhole(keepalive.intervalMs, 'keepalive.intervalMs', 1000, 0x7fff_ffff);
    checkWhole(keepalive.timeoutMs ?? 5000, 'keepalive.timeoutMs', 1, 0x7fff_ffff);
  }
  return {
    maxMessageBytes,
    flowControlWindow,
    connectTimeoutMs,
    keepalive: keepalive && {
      intervalMs: keepalive.intervalMs,
      timeoutMs: keepalive.timeoutMs ?? 5000,
    },
  };
}

/**
 * Refuses what is not a whole number in a range.
 *
 * @throws {TalosConfigError}
 */
export function checkWhole(value: number, field: string, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new TalosConfigError(`${field} must be a whole number from ${least} to ${most}`, { field });
}
