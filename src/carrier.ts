// The subpath talos-client/carrier: for those who bring streams over connections of their own.
export { onAbort } from './runtime/abort-listeners.js';
export {
  type CarrierParts,
  type CarrierTransportOptions,
  carrierTransport,
} from './runtime/calls/carrier-transport.js';
export type { Clock } from './runtime/calls/clock.js';
export {
  type Carrier,
  type CarrierStream,
  type Connection,
  type ConnectionOwner,
  type ReceivedFields,
  type RequestHeaders,
  resetCodes,
  type StreamEnd,
  type StreamSink,
  type Trailers,
} from './runtime/carriers/carrier.js';
export { type StatusName, statusCode, statusName } from './runtime/errors/status.js';
