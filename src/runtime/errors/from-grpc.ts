import { status as codes, type StatusObject } from '@grpc/grpc-js';
import { addressee } from '../addressing.js';
import type { ClientCertificate } from '../credentials/client-certificate.js';
import { fromGrpcMetadata } from '../grpc/metadata.js';
import { rpcName } from '../method.js';
import type { AnyCall } from '../transport.js';
import { readStatusDetails } from './details.js';
import { type LocalFailure, localFailure } from './grpc-texts.js';
import { clientRefusedHint, isText, localHint, peerHint } from './hints.js';
import { answeredOutcome, laterOutcome, type Outcome } from './outcome.js';
import { TalosProtocolError } from './protocol-error.js';
import { TalosRpcError } from './rpc-error.js';
import { type StatusName, statusName } from './status.js';
import { TalosError } from './talos-error.js';

/** What is known about a call that ended with a failing status. */
export interface FailedCall {
  readonly call: AnyCall;
  readonly endpoint: string | undefined;
  readonly certificate: ClientCertificate | undefined;
  /** The content type of the answer, if headers came. */
  readonly contentType: string | undefined;
  /** Whether nothing at all came from the peer, so that the status is grpc-js' own. */
  readonly silent: boolean;
  /** Whether nothing of the call left this side. */
  readonly unsent: boolean;
  /** Whether the peer itself gave the status. */
  readonly byPeer: boolean;
  /** How the attempt before this one ended, if there was one. */
  readonly earlier: Outcome | undefined;
  /** How the connection broke, if it did. */
  readonly broken: Error | undefined;
}

/** The error for a failing status, from the node or made up by grpc-js. */
export function statusError(result: StatusObject, failed: FailedCall): TalosRpcError {
  const { call, endpoint, silent } = failed;
  // Hostile answers make grpc-js leave out what it promises.
  const text: string = result.details ?? '';
  const local = localFailure(text);
  const { status, reason } = describe(result.code, text, local, failed);
  const cause =
    local?.kind === 'reply-too-large' || local?.kind === 'request-too-large'
      ? Object.assign(new Error(text), { problem: 'message-size' })
      : local?.kind === 'dropped' || silent
        ? failed.broken
        : undefined;
  return new TalosRpcError(
    reason,
    {
      status,
      outcome: laterOutcome(failed.earlier, attemptOutcome(status, local, failed)),
      rpc: rpcName(call.method),
      node: call.node,
      endpoint,
      details: readStatusDetails(result.metadata.get('grpc-status-details-bin')[0]),
      metadata: fromGrpcMetadata(result.metadata),
      hint: localHint(local, failed) ?? peerHint(status, text, failed),
    },
    cause === undefined ? undefined : { cause },
  );
}

function attemptOutcome(
  status: StatusName,
  local: LocalFailure | undefined,
  { call, silent, unsent, byPeer }: FailedCall,
): Outcome {
  if (unsent || (silent && local?.kind === 'refused')) return 'not-sent';
  const { kind } = call.method;
  // The only message did not leave, and no node acts on headers.
  const single = kind === 'unary' || kind === 'server-stream';
  if (silent && single && local?.kind === 'request-too-large') return 'not-sent';
  return byPeer ? answeredOutcome(status, addressee(call.metadata) !== 'endpoint') : 'unknown';
}

function describe(
  code: unknown,
  text: string,
  local: LocalFailure | undefined,
  { endpoint, silent, unsent, broken }: FailedCall,
): { status: StatusName; reason: string } {
  const peer = endpoint ?? 'the endpoint';
  switch (local?.kind) {
    case 'refused':
      return { status: 'unavailable', reason: `${peer} refused the call before looking at it` };
    case 'calm-down':
      // Not the node is short of something, but this side was too busy for its taste.
      return {
        status: 'unavailable',
        reason: `${peer} ended the connection: too many pings or calls`,
      };
    case 'no-status':
      return { status: 'internal', reason: `${peer} ended the call without a status` };
    case 'dropped':
      return {
        status: 'unavailable',
        reason:
          broken?.message ??
          `the connection to ${peer} broke during the call${local.reason ? `: ${local.reason}` : ''}`,
      };
    case 'too-late':
      if (!silent) break;
      return {
        status: 'unavailable',
        reason: broken?.message ?? `${peer} ended the connection before the call was sent`,
      };
    case 'reply-too-large':
      if (isText(local.bytes))
        return { status: 'unknown', reason: `${peer} answered in plain text` };
      return {
        status: 'resource-exhausted',
        reason: `a reply of ${local.bytes} bytes is larger than ${local.limit}`,
      };
    case 'request-too-large':
      return {
        status: 'resource-exhausted',
        reason: `the request is larger than ${local.limit} bytes`,
      };
    default:
  }
  if (code === undefined || code === null) {
    return { status: 'internal', reason: 'a reply is compressed in a way that was not agreed on' };
  }
  if (silent && code === codes.UNAVAILABLE) {
    return {
      status: 'unavailable',
      reason: unsent
        ? `the call did not get through ${peer}: ${text}`
        : // The node may have done what it was to do: nobody must read here that it did not.
          `the connection to ${peer} broke during the call: ${text}`,
    };
  }
  return { status: statusName(code), reason: text || 'the node gave no reason' };
}

/** The error of a call whose deadline passed on this side, where the call is still unanswered. */
export function deadlineError(
  call: AnyCall,
  endpoint: string | undefined,
  timeoutMs: number,
  connecting: readonly string[],
  outcome: Outcome,
): TalosRpcError {
  const still = connecting.length === 0 ? '' : `; still connecting to ${connecting.join('; ')}`;
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
  const errors = failures.map(
    ({ endpoint, error }) => error ?? new Error(`no connection to ${endpoint}`),
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
    },
    { cause: only ? first : new AggregateError(errors, 'no endpoint can be reached') },
  );
}

/** The error of a call that was to have one reply and has `count`. */
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

/** The error of a stream that ended well in the middle of a reply. */
export function cutShortError(call: AnyCall, endpoint: string | undefined): TalosProtocolError {
  return new TalosProtocolError('the node said that all went well, but cut the last reply short', {
    rpc: rpcName(call.method),
    node: call.node,
    endpoint,
  });
}
