import { addressee } from '../addressing.js';
import { resetCodes, type StreamEnd, type Trailers } from '../carriers/carrier.js';
import type { ClientCertificate } from '../credentials/client-certificate.js';
import { ConnectionError } from '../dial/connection-error.js';
import { TalosConfigError } from '../errors/config-error.js';
import { readStatusDetails } from '../errors/details.js';
import { answeredOutcome, laterOutcome, type Outcome } from '../errors/outcome.js';
import { TalosProtocolError } from '../errors/protocol-error.js';
import { TalosRpcError } from '../errors/rpc-error.js';
import { type StatusName, statusName } from '../errors/status.js';
import { TalosError } from '../errors/talos-error.js';
import { rpcName } from '../method.js';
import type { AnyCall } from '../transport.js';
import type { FailedCall } from './failed-call.js';
import { clientRefusedHint, endHint, isText, peerHint } from './hints.js';

/** The error of a call whose stream ended with `end`. */
export function endError(end: StreamEnd, failed: FailedCall): TalosRpcError {
  const { call, endpoint } = failed;
  const { status, reason } = describe(end, endpoint ?? 'the endpoint');
  const cause = causeOf(end, reason);
  const details = end.kind === 'trailers' ? end.fields.first('grpc-status-details-bin') : undefined;
  return new TalosRpcError(
    reason,
    {
      status,
      outcome: laterOutcome(failed.earlier, attemptOutcome(end, status, failed)),
      rpc: rpcName(call.method),
      node: call.node,
      endpoint,
      details: readStatusDetails(details),
      metadata: end.kind === 'trailers' ? end.fields.all() : {},
      hint:
        endHint(end, failed) ??
        (end.kind === 'trailers' ? peerHint(status, end.message, failed) : undefined),
    },
    cause === undefined ? undefined : { cause },
  );
}

/** What is known after an attempt that ended with `end`. */
function attemptOutcome(
  end: StreamEnd,
  status: StatusName,
  { call, headers, sent }: FailedCall,
): Outcome {
  if (end.kind === 'trailers') {
    if (end.http !== undefined) return 'unknown';
    return answeredOutcome(status, addressee(call.metadata) !== 'endpoint');
  }
  if (headers !== undefined) return 'unknown';
  if (!sent || end.kind === 'unsent') return 'not-sent';
  if (end.kind === 'reset' && end.code === resetCodes.refusedStream) return 'not-sent';
  const { kind } = call.method;
  // The only message did not leave, and no node acts on headers.
  const single = kind === 'unary' || kind === 'server-stream';
  return single && end.kind === 'too-large' && end.message === 'request' ? 'not-sent' : 'unknown';
}

function describe(end: StreamEnd, peer: string): { status: StatusName; reason: string } {
  switch (end.kind) {
    case 'trailers':
      return describeTrailers(end);
    case 'no-trailers':
      return { status: 'internal', reason: `${peer} ended the call without a status` };
    case 'reset':
      return describeReset(end.code, peer);
    case 'unsent':
      return {
        status: 'unavailable',
        reason:
          end.error instanceof ConnectionError
            ? end.error.message
            : end.error === undefined
              ? `${peer} ended the connection before the call was sent`
              : `the call did not get through ${peer}: ${end.error.message}`,
      };
    case 'lost':
      return {
        status: 'unavailable',
        reason:
          end.error instanceof ConnectionError
            ? end.error.message
            : // The node may have done what it was to do: nobody must read here that it did not.
              `the connection to ${peer} broke during the call${end.error ? `: ${end.error.message}` : ''}`,
      };
    case 'too-large':
      if (end.message === 'request') {
        return {
          status: 'resource-exhausted',
          reason: `the request is larger than ${end.limit} bytes`,
        };
      }
      return end.bytes !== undefined && isText(end.bytes)
        ? { status: 'unknown', reason: `${peer} answered in plain text` }
        : {
            status: 'resource-exhausted',
            reason:
              end.bytes === undefined
                ? `a reply, decompressed, is larger than ${end.limit} bytes`
                : `a reply of ${end.bytes} bytes is larger than ${end.limit}`,
          };
    case 'violation':
      return { status: 'internal', reason: end.reason };
  }
}

function describeTrailers({ status, http, message }: Trailers) {
  if (http === undefined) {
    return { status: statusName(status), reason: message || 'the node gave no reason' };
  }
  return { status: httpStatuses[http] ?? 'unknown', reason: `Received HTTP status code ${http}` };
}

/** The status that the gRPC specification gives to an HTTP status alone; others are `unknown`. */
const httpStatuses: Readonly<Record<number, StatusName>> = {
  400: 'internal',
  401: 'unauthenticated',
  403: 'permission-denied',
  404: 'unimplemented',
  429: 'unavailable',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
};

function describeReset(code: number, peer: string): { status: StatusName; reason: string } {
  switch (code) {
    case resetCodes.refusedStream:
      return { status: 'unavailable', reason: `${peer} refused the call before looking at it` };
    case resetCodes.enhanceYourCalm:
      // Not the node is short of something, but this side was too busy for its taste.
      return {
        status: 'unavailable',
        reason: `${peer} ended the connection: too many pings or calls`,
      };
    case resetCodes.cancel:
      return { status: 'cancelled', reason: `${peer} cancelled the call` };
    case resetCodes.inadequateSecurity:
      return {
        status: 'permission-denied',
        reason: `${peer} finds the connection not secure enough`,
      };
    default:
      return { status: 'internal', reason: `${peer} reset the call with HTTP/2 code ${code}` };
  }
}

function causeOf(end: StreamEnd, reason: string): Error | undefined {
  switch (end.kind) {
    case 'too-large':
      return Object.assign(new Error(reason), { problem: 'message-size' });
    case 'lost':
    case 'unsent':
      return end.error instanceof ConnectionError ? end.error : undefined;
    default:
      return undefined;
  }
}

/** The error of a call whose deadline passed on this side. */
export function deadlineError(
  call: AnyCall,
  endpoint: string | undefined,
  timeoutMs: number,
  waiting: readonly string[],
  outcome: Outcome,
): TalosRpcError {
  const still = waiting.length === 0 ? '' : `; still connecting to ${waiting.join('; ')}`;
  const verb = call.method.kind === 'unary' || call.method.kind === 'client-stream';
  return new TalosRpcError(
    `${verb ? 'no reply' : 'the stream did not end'} within ${timeoutMs} ms${endpoint === undefined ? still : ''}`,
    { status: 'deadline-exceeded', outcome, rpc: rpcName(call.method), node: call.node, endpoint },
  );
}

/** The error of a stream on which nothing came for too long. */
export function idleError(
  call: AnyCall,
  endpoint: string | undefined,
  idleTimeoutMs: number,
  outcome: Outcome,
): TalosRpcError {
  return new TalosRpcError(`nothing came for ${idleTimeoutMs} ms`, {
    status: 'deadline-exceeded',
    outcome,
    rpc: rpcName(call.method),
    node: call.node,
    endpoint,
  });
}

/** Why one endpoint cannot be reached. */
export interface EndpointFailure {
  readonly endpoint: string;
  readonly error: Error | undefined;
}

/** The error of a call for which no endpoint could be reached. Nothing was sent. */
export function unreachableError(
  call: AnyCall,
  failures: readonly EndpointFailure[],
  certificate: ClientCertificate | undefined,
): TalosError {
  const errors = failures.map(({ endpoint, error }) =>
    mendable(error ?? new Error(`no connection to ${endpoint}`)),
  );
  const [first] = errors;
  // What has to be mended on this side says so better than "unavailable" does.
  if (first instanceof TalosError && errors.every((error) => error instanceof TalosError)) {
    return first;
  }
  const only = errors.length === 1;
  const reasons = errors.map(({ message }) => message).join('; ');
  return new TalosRpcError(
    only ? reasons : `no endpoint can be reached: ${reasons}`,
    {
      status: 'unavailable',
      outcome: 'not-sent',
      rpc: rpcName(call.method),
      node: call.node,
      endpoint: only ? failures[0]?.endpoint : undefined,
      hint: clientRefusedHint(errors, certificate),
      peerFingerprint: only && first instanceof ConnectionError ? first.peerFingerprint : undefined,
    },
    { cause: only ? first : new AggregateError(errors, 'no endpoint can be reached') },
  );
}

/** Turns a fingerprint that does not fit into an error that the caller has to correct. */
export function mendable(error: Error): Error {
  if (!(error instanceof ConnectionError && error.problem === 'fingerprint')) return error;
  const { message, peerFingerprint } = error;
  return new TalosConfigError(
    message,
    { field: 'fingerprints', peerFingerprint },
    { cause: error },
  );
}

/** The error of a call that has `count` replies where one is expected. */
export function replyCountError(
  call: AnyCall,
  endpoint: string | undefined,
  count: 'none' | 'several',
): TalosProtocolError {
  return new TalosProtocolError(
    count === 'none'
      ? 'the node said that all went well, but sent no reply'
      : 'the node sent several replies where one is due',
    { rpc: rpcName(call.method), node: call.node, endpoint },
  );
}

/** The error of a stream that ended with status OK in the middle of a reply. */
export function cutShortError(call: AnyCall, endpoint: string | undefined): TalosProtocolError {
  return new TalosProtocolError('the node said that all went well, but cut the last reply short', {
    rpc: rpcName(call.method),
    node: call.node,
    endpoint,
  });
}
