import type { ChannelOptions } from '@grpc/grpc-js';
import { type CarrierSettings, carrierSettings, checkWhole } from '../options.js';
import type { GrpcCarrierOptions } from './options.js';

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
