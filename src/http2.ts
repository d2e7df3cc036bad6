export * from './exports.js';
export {
  type ConnectOptions,
  createTalosClient,
  type TalosClientOptions,
} from './runtime/http2-client.js';
export { type Http2TransportOptions, http2Transport } from './runtime/http2-transport.js';
