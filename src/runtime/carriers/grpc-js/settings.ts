import type { ChannelOptions } from '@grpc/grpc-js';
import { oneOf, record } from '../../arguments/kinds.js';
import type { Shape } from '../../arguments/options.js';
import {
  type CarrierOptions,
  type CarrierSettings,
  carrierSettings,
  carrierShape,
  checkWhole,
} from '../options.js';

/** Where and how a client connects over grpc-js. */
export interface GrpcCarrierOptions extends CarrierOptions {
  /**
   * Options of grpc-js' channels (its `ChannelOptions`). They win over those that this library sets.
   * grpc-js' own backoff options have no effect, since a channel here connects once: use `backoff`.
   */
  readonly channelOptions?: Readonly<Record<string, unknown>> | undefined;
  /**
   * What to do, in the whole process, with the lines that grpc-js writes to stderr about PINGs that
   * a node refused: `quiet` drops them, `keep` leaves grpc-js' logger alone. It matters only with
   * `keepalive`. Default: `quiet`, unless the environment asks for logs (`GRPC_VERBOSITY`,
   * `GRPC_TRACE`).
   */
  readonly grpcLogs?: 'quiet' | 'keep' | undefined;
}

/** Numbers are checked where they are used. */
export const grpcCarrierShape: Shape<GrpcCarrierOptions> = {
  ...carrierShape,
  channelOptions: record,
  grpcLogs: oneOf('quiet', 'keep'),
};

/** The settings that all channels of a carrier share. */
export interface GrpcSettings extends CarrierSettings {
  readonly channelOptions: ChannelOptions;
  readonly userOptions: ChannelOptions;
}

/**
 * The settings that `options` ask for.
 *
 * @throws {TalosConfigError} naming the option that cannot be used
 */
export function grpcSettings(options: GrpcCarrierOptions): GrpcSettings {
  const settings = carrierSettings(options);
  const { maxMessageBytes, flowControlWindow, keepalive } = settings;
  for (const [name, value] of Object.entries(options.channelOptions ?? {})) {
    // A longer timer would end at once, and grpc-js would ping, or connect, without a pause.
    if (!name.endsWith('_ms') || value === undefined) continue;
    checkWhole(Number(value), `channelOptions["${name}"]`, -1, 0x7fff_ffff);
  }
  return {
    ...settings,
    channelOptions: {
      'grpc.primary_user_agent': 'talos-client',
      'grpc.max_receive_message_length': maxMessageBytes,
      'grpc.max_send_message_length': maxMessageBytes,
      'grpc-node.flow_control_window': flowControlWindow,
      // Counters for a debugging service that nobody serves here; they cost a tenth of each call.
      'grpc.enable_channelz': 0,
      // Otherwise two clients with equal options share connections, and closing one is not enough.
      'grpc.use_local_subchannel_pool': 1,
      // It would read variables of its own, by rules of its own, and ask proxies for loopback.
      'grpc.enable_http_proxy': 0,
      ...(keepalive && {
        'grpc.keepalive_timeout_ms': keepalive.timeoutMs,
        'grpc.keepalive_permit_without_calls': 0,
      }),
    },
    userOptions: (options.channelOptions ?? {}) as ChannelOptions,
  };
}
