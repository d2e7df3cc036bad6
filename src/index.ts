export * from './exports.js';
export {
  type ConnectOptions,
  createTalosClient,
  type TalosClientOptions,
} from './runtime/client.js';
export { type GrpcTransportOptions, grpcTransport } from './runtime/grpc-transport.js';
