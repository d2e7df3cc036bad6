import type { Init, MetadataInit, Status, StatusName } from 'talos-client';
import { statusCode } from 'talos-client/carrier';
import { anything, checkOptions, record, type Shape } from 'talos-client/options';

/** One entry of a status' details: a message type such as `google.rpc.RetryInfo`, encoded. */
export interface StatusDetailInit {
  readonly type: string;
  readonly value: Uint8Array;
}

/** What may go with a failing status. */
export interface ServerStatusOptions extends ErrorOptions {
  /** Entries for the details of `google.rpc.Status`, sent in `grpc-status-details-bin`. */
  readonly details?: readonly StatusDetailInit[];
  /** More trailers. */
  readonly trailers?: MetadataInit;
}

export const serverStatusShape: Shape<ServerStatusOptions> = {
  cause: anything,
  details: (value) => (Array.isArray(value) ? undefined : 'a list of details'),
  trailers: record,
};

/**
 * Thrown by a handler to end the call with a failing status, which the client sees as
 * `TalosRpcError`.
 *
 * @example
 * ```ts
 * node.on(etcdMethods.status, () => {
 *   throw new ServerStatus('unavailable', 'etcd is restarting');
 * });
 * ```
 */
export class ServerStatus extends Error {
  override readonly name = 'ServerStatus';
  /** The gRPC status, as a word. */
  readonly status: StatusName;
  /** What is sent as `google.rpc.Status` beside the message. */
  readonly details: readonly StatusDetailInit[];
  /** Metadata that ends the call. */
  readonly trailers: MetadataInit;

  /** `message` is what the client sees as `reason`. */
  constructor(status: StatusName, message: string, options: ServerStatusOptions = {}) {
    checkOptions(options, serverStatusShape, 'ServerStatus');
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = status;
    this.details = options.details ?? [];
    this.trailers = options.trailers ?? {};
  }
}

/** Ends a call as a torn connection does: the peer gets no status at all. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';

  constructor(message = 'error reading from server: EOF') {
    super(message);
  }
}

/** Ends a call in the middle of a message: the frame announces more bytes than come. */
export class MessageCut extends Error {
  override readonly name = 'MessageCut';
  /** The message that is not sent in full. */
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    super('the message ends early');
    this.bytes = bytes;
  }
}

/**
 * The HTTP/2 error code that a call is cut off with. Clients make a call again by themselves that
 * ends with `REFUSED_STREAM` before the first reply, since it says that nothing ran.
 */
export type ResetCode =
  | 'NO_ERROR'
  | 'PROTOCOL_ERROR'
  | 'INTERNAL_ERROR'
  | 'FLOW_CONTROL_ERROR'
  | 'REFUSED_STREAM'
  | 'CANCEL'
  | 'ENHANCE_YOUR_CALM';

/** Ends a call with an HTTP/2 RST_STREAM; the connection stays. */
export class StreamReset extends Error {
  override readonly name = 'StreamReset';
  readonly code: ResetCode;

  constructor(code: ResetCode) {
    super(`stream terminated by RST_STREAM with error code: ${code}`);
    this.code = code;
  }
}

/** What gRPC makes of a reset, by its specification. */
const resetStatus: Readonly<Record<ResetCode, StatusName>> = {
  NO_ERROR: 'internal',
  PROTOCOL_ERROR: 'internal',
  INTERNAL_ERROR: 'internal',
  FLOW_CONTROL_ERROR: 'internal',
  REFUSED_STREAM: 'unavailable',
  CANCEL: 'cancelled',
  ENHANCE_YOUR_CALM: 'resource-exhausted',
};

/**
 * The status for whatever a handler threw. Most Talos handlers return plain errors, which gRPC
 * turns into `unknown`; a fault in the program itself is `internal`, like a panic there.
 */
export function toServerStatus(cause: unknown): ServerStatus {
  if (cause instanceof ServerStatus) return cause;
  if (cause instanceof StreamReset) return new ServerStatus(resetStatus[cause.code], cause.message);
  if (cause instanceof MessageCut) return new ServerStatus('internal', 'unexpected EOF');
  if (cause instanceof ConnectionLost) return new ServerStatus('unavailable', cause.message);
  if (
    cause instanceof TypeError ||
    cause instanceof ReferenceError ||
    cause instanceof RangeError ||
    !(cause instanceof Error)
  ) {
    return new ServerStatus('internal', String(cause), { cause });
  }
  return new ServerStatus('unknown', cause.message, { cause });
}

/** The status as `google.rpc.Status`, which travels in trailers and in replies of a fan-out. */
export function toStatus({ status, message, details }: ServerStatus): Init<Status> {
  return {
    code: statusCode(status),
    message,
    details: details.map(({ type, value }) => ({ typeUrl: `type.googleapis.com/${type}`, value })),
  };
}

const goNames: readonly string[] = [
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
];

/** The text that gRPC for Go makes of a status, which Talos puts into `metadata.error`. */
export function goErrorText({ status, message }: ServerStatus): string {
  return `rpc error: code = ${goNames[statusCode(status) - 1]} desc = ${message}`;
}
