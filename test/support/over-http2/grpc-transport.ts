// What stands for `src/runtime/grpc-transport.js` where tests run over HTTP/2 framed here.

export {
  type Http2TransportOptions as GrpcTransportOptions,
  http2Transport as grpcTransport,
  http2TransportShape as grpcTransportShape,
} from '../../../src/runtime/http2-transport.js';
