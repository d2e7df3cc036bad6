import type { ChannelOptions } from '@grpc/grpc-js';
import { anything, oneOf, record, texts } from '../arguments/kinds.js';
import { checkOptions, type Shape } from '../arguments/options.js';
import type { Credentials } from '../credentials/credentials.js';
import { TalosConfigError } from '../errors/config-error.js';

/** When to ask a silent connection whether it is still there. */
export interface KeepaliveOptions {
  /**
   * Milliseconds of silence before a ping. Talos nodes refuse pings that come more often than
   * every five minutes: the connection then ends and the next one asks half as often.
   */
  readonly intervalMs: number;
  /** Milliseconds to wait for the answer before the connection counts as dead. Default: 5000. */
  readonly timeoutMs?: number | undefined;
}

/** Where and how a client connects. */
export interface GrpcTransportOptions {
  /**
   * Where the API is reached, best the control plane nodes: `10.0.0.2`, `host:50000`,
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
   * Pings while calls are open. Default: none, as the official client has it. TCP by itself notices
   * that a machine is gone; pings also notice an endpoint that hangs, and one that broke the rules of
   * HTTP/2, after which Node reads no further and tells nobody. Without them a stream needs
   * `idleTimeoutMs` or a deadline to end then.
   */
  readonly keepalive?: KeepaliveOptions | undefined;
  /** The largest message to send or to take, in bytes. Default: 33554432, as Talos has it. */
  readonly maxMessageBytes?: number | undefined;
  /**
   * Bytes a node may send before it has to wait for the reader, per stream and per connection.
   * Default: 2097120, as the official client has it.
   */
  readonly flowControlWindow?: number | undefined;
  /**
   * Milliseconds an endpoint has to accept a connection, TLS and HTTP/2 included, before the next
   * one is preferred. Default: 10000.
   */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * Options of grpc-js' channels, which win over those this library sets. The two
   * `…_reconnect_backoff_ms` say how long an endpoint that failed is left alone at first and at
   * most; default: 100 and 5000.
   */
  readonly channelOptions?: ChannelOptions | undefined;
  /**
   * What becomes of the lines grpc-js writes to stderr about pings that a node refused, for the
   * whole process: `quiet` drops them, `keep` leaves grpc-js' logger alone. Matters with `keepalive`
   * only. Default: `quiet`, unless the environment asks for logs (`GRPC_VERBOSITY`, `GRPC_TRACE`).
   */
  readonly grpcLogs?: 'quiet' | 'keep' | undefined;
}

const keepaliveShape: Shape<KeepaliveOptions> = { intervalMs: anything, timeoutMs: anything };

/** Numbers, the proxy and the credentials are looked at where they are used. */
export const grpcTransportShape: Shape<GrpcTransportOptions> = {
  endpoints: texts('10.0.0.2'),
  credentials: anything,
  proxy: anything,
  keepalive: record,
  maxMessageBytes: anything,
  flowControlWindow: anything,
  connectTimeoutMs: anything,
  channelOptions: record,
  grpcLogs: oneOf('quiet', 'keep'),
};

/** The settings that all connections of a transport share. */
export interface ConnectionSettings {
  readonly channelOptions: ChannelOptions;
  readonly userOptions: ChannelOptions;
  readonly maxMessageBytes: number;
  readonly connectTimeoutMs: number;
  readonly keepaliveMs: number | undefined;
  readonly firstBackoffMs: number;
  readonly maxBackoffMs: number;
}

/**
 * The settings that `options` ask for.
 *
 * @throws {TalosConfigError} naming the option that cannot work
 */
export function connectionSettings(options: GrpcTransportOptions): ConnectionSettings {
  const {
    keepalive,
    maxMessageBytes = 33_554_432,
    flowControlWindow = 2_097_120,
    connectTimeoutMs = 10_000,
    channelOptions: userOptions = {},
  } = options;
  checkWhole(maxMessageBytes, 'maxMessageBytes', 1, 0xffff_ffff);
  checkWhole(flowControlWindow, 'flowControlWindow', 65_535, 0x7fff_ffff);
  checkWhole(connectTimeoutMs, 'connectTimeoutMs', 1, 0x7fff_ffff);
  if (keepalive !== undefined) {
    checkOptions(keepalive, keepaliveShape, 'keepalive');
    checkWhole(keepalive.intervalMs, 'keepalive.intervalMs', 1000, 0x7fff_ffff);
    checkWhole(keepalive.timeoutMs ?? 5000, 'keepalive.timeoutMs', 1, 0x7fff_ffff);
  }
  return {
    channelOptions: {
      'grpc.primary_user_agent': 'talos-client',
      'grpc.max_receive_message_length': maxMessageBytes,
      'grpc.max_send_message_length': maxMessageBytes,
      'grpc-node.flow_control_window': flowControlWindow,
      // Counters for a debugging service that nobody serves here; they cost a tenth of each call.
      'grpc.enable_channelz': 0,
      // Otherwise two clients with equal options share connections, and closing one is not enough.
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_http_proxy': 0,
      ...(keepalive && {
        'grpc.keepalive_timeout_ms': keepalive.timeoutMs ?? 5000,
        'grpc.keepalive_permit_without_calls': 0,
      }),
    },
    userOptions,
    maxMessageBytes: Number(userOptions['grpc.max_receive_message_length'] ?? maxMessageBytes),
    connectTimeoutMs,
    keepaliveMs: keepalive?.intervalMs,
    firstBackoffMs: backoff(userOptions, 'grpc.initial_reconnect_backoff_ms', 100),
    maxBackoffMs: backoff(userOptions, 'grpc.max_reconnect_backoff_ms', 5000),
  };
}

type BackoffOption = 'grpc.initial_reconnect_backoff_ms' | 'grpc.max_reconnect_backoff_ms';

function backoff(options: ChannelOptions, name: BackoffOption, otherwise: number): number {
  const value = options[name] ?? otherwise;
  checkWhole(value, `channelOptions["${name}"]`, 1, 0x7fff_ffff);
  return value;
}

function checkWhole(value: number, field: string, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new TalosConfigError(`${field} must be a whole number from ${least} to ${most}`, { field });
}
