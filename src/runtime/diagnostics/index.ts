export { type ChannelMessages, channelNames } from './channels.js';
export type {
  AttemptMessage,
  BreakerMessage,
  BreakerState,
  CallMessage,
  CertificateMessage,
  ClientMessage,
  ConnectionMessage,
  ConnectionState,
  EjectionMessage,
  ObservedClient,
  RetryMessage,
  Traffic,
  Within,
} from './messages.js';
export {
  type SubscribeOptions,
  type Subscriber,
  type Subscription,
  subscribe,
} from './subscribe.js';
