/** What carries the calls of the clients in the tests: grpc-js, or HTTP/2 framed here. */
export const carrier: 'grpc-js' | 'http2' =
  process.env.TALOS_CLIENT_CARRIER === 'http2' ? 'http2' : 'grpc-js';

/** The options of a client that compresses its requests with gzip. */
export const gzipRequests: object =
  carrier === 'http2'
    ? { compression: 'gzip' }
    : { channelOptions: { 'grpc.default_compression_algorithm': 2 } };
