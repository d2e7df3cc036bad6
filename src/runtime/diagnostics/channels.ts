import { channel, tracingChannel } from 'node:diagnostics_channel';
import type {
  AttemptMessage,
  BreakerMessage,
  CertificateMessage,
  ClientMessage,
  ConnectionMessage,
  EjectionMessage,
  RetryMessage,
} from './messages.js';

/**
 * The names of the channels in `node:diagnostics_channel`. `call` is the name of a tracing channel:
 * its events are `tracing:talos-client:call:start` and so on.
 */
export const channelNames = {
  client: 'talos-client:client',
  call: 'talos-client:call',
  attempt: 'talos-client:attempt',
  retry: 'talos-client:retry',
  connection: 'talos-client:connection',
  ejection: 'talos-client:ejection',
  certificate: 'talos-client:certificate',
  breaker: 'talos-client:breaker',
} as const;

/** What each plain channel carries. */
export interface ChannelMessages {
  readonly client: ClientMessage;
  readonly attempt: AttemptMessage;
  readonly retry: RetryMessage;
  readonly connection: ConnectionMessage;
  readonly ejection: EjectionMessage;
  readonly certificate: CertificateMessage;
  readonly breaker: BreakerMessage;
}

// Held here, so that they exist as long as the module does and a check needs no look-up.
// The arguments of its type differ between releases of Node's types: no declaration may hold them.
export const calls: ReturnType<typeof tracingChannel> = tracingChannel(channelNames.call);
export const clients = channel(channelNames.client);
export const attempts = channel(channelNames.attempt);
export const retries = channel(channelNames.retry);
export const connections = channel(channelNames.connection);
export const ejections = channel(channelNames.ejection);
export const certificates = channel(channelNames.certificate);
export const breakers = channel(channelNames.breaker);
