// What the root and `talos-client/http2` both export: all but what depends on the carrier.

export {
  type AggregateOptions,
  callAggregated,
  streamAggregated,
} from './runtime/aggregate.js';
export type { CallOptions } from './runtime/call-options.js';
export type { Attempt, AttemptHook } from './runtime/calls/attempt-hook.js';
export type { AttemptOptions } from './runtime/calls/carrier-transport.js';
export { decodeReply } from './runtime/calls/reply.js';
export { encodeRequest } from './runtime/calls/request.js';
export type { SigningCredentials } from './runtime/calls/signing.js';
export type {
  ReceivedFields,
  StreamEnd,
  Trailers,
} from './runtime/carriers/carrier.js';
export type { BackoffOptions, KeepaliveOptions } from './runtime/carriers/options.js';
export { type Decode, type Enum, fromBytes, type Init, type Stated } from './runtime/codec.js';
export type { CredentialSource, EndpointSource } from './runtime/connection-source.js';
export {
  type BasicAuthOptions,
  basicAuth,
  type ClientCertificate,
  type Credentials,
  certificateProblem,
  type MaintenanceOptions,
  type MtlsOptions,
  maintenance,
  mtls,
  type Pem,
  plaintext,
  type ServerTlsOptions,
  serverTls,
  systemRoots,
} from './runtime/credentials/index.js';
export {
  ConnectionError,
  type ConnectionErrorOptions,
  type ConnectionProblem,
} from './runtime/dial/connection-error.js';
export { type Endpoint, parseEndpoint } from './runtime/dial/endpoint.js';
export type { Security, TlsSettings } from './runtime/dial/security.js';
export { type AnyTalosError, isTalosError } from './runtime/errors/any-error.js';
export { TalosClosedError } from './runtime/errors/closed-error.js';
export { type ConfigPlace, TalosConfigError } from './runtime/errors/config-error.js';
export type {
  BadRequest,
  DebugInfo,
  ErrorInfo,
  Help,
  LocalizedMessage,
  OtherDetail,
  PreconditionFailure,
  QuotaFailure,
  RequestInfo,
  ResourceInfo,
  RetryInfo,
  Status,
  StatusDetail,
} from './runtime/errors/details.js';
export { type NodeFailure, TalosFanOutError } from './runtime/errors/fan-out-error.js';
export { type FlowFacts, type FlowReason, TalosFlowError } from './runtime/errors/flow-error.js';
export {
  type OperationFailure,
  type OperationOutcome,
  TalosOperationError,
} from './runtime/errors/operation-error.js';
export type { Outcome } from './runtime/errors/outcome.js';
export { type ProtocolFailure, TalosProtocolError } from './runtime/errors/protocol-error.js';
export { isRetryable, type RpcFailure, TalosRpcError } from './runtime/errors/rpc-error.js';
export type { StatusName } from './runtime/errors/status.js';
export {
  type FanOutOptions,
  type NodeResult,
  type NodeSet,
  unwrapAll,
} from './runtime/fan-out.js';
export { freshTarget, type OwnTarget } from './runtime/fresh-target.js';
export type { MergeOptions, NodeItem } from './runtime/merge.js';
export type { MetadataInit, ReceivedMetadata } from './runtime/metadata.js';
export type {
  AnyMethod,
  Idempotency,
  Method,
  MethodKind,
  Role,
  Unwrap,
} from './runtime/method.js';
export {
  type BeginCall,
  type CallEnd,
  type CallWatch,
  type Middleware,
  middleware,
} from './runtime/middleware.js';
export type { ObservedClient } from './runtime/observed-client.js';
export { unknownFields, type WithUnknownFields } from './runtime/protobuf/unknown.js';
export type { RetryBudgetOptions, RetryOptions, RetryPolicy } from './runtime/retry-options.js';
export type { TalosStream } from './runtime/stream.js';
export {
  type CollectOptions,
  collect,
  collectBytes,
  text,
} from './runtime/streams/collect.js';
export { type LinesOptions, lines, records } from './runtime/streams/lines.js';
export { toNodeStream, toWebStream } from './runtime/streams/platform.js';
export type {
  CallDefaults,
  TalosClient,
  TransportOptions,
} from './runtime/talos-client.js';
export type { TalosNode, Target } from './runtime/target.js';
export {
  type DurationLike,
  fromDate,
  fromMs,
  type TimestampLike,
  toDate,
  toMs,
} from './runtime/time.js';
export { type Json, toJson } from './runtime/to-json.js';
export type {
  AnyCall,
  Requests,
  SiblingOptions,
  Transport,
  TransportCall,
} from './runtime/transport.js';
export { wrapTransport } from './runtime/wrap-transport.js';
