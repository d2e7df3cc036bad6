import { isTalosError } from '../../../src/runtime/errors/any-error.js';
import { TalosRpcError } from '../../../src/runtime/errors/rpc-error.js';
import type { StatusName } from '../../../src/runtime/errors/status.js';
import type { MetadataInit, ReceivedMetadata } from '../../../src/runtime/metadata.js';
import type { Code, Error_, Header } from '../generated/features/conformance.js';

/** What a call is aborted with when the suite asks for it. */
export const cancelled = new Error('cancelled as asked');

const codes: Readonly<Record<StatusName, Code>> = {
  cancelled: 'CODE_CANCELED',
  unknown: 'CODE_UNKNOWN',
  'invalid-argument': 'CODE_INVALID_ARGUMENT',
  'deadline-exceeded': 'CODE_DEADLINE_EXCEEDED',
  'not-found': 'CODE_NOT_FOUND',
  'already-exists': 'CODE_ALREADY_EXISTS',
  'permission-denied': 'CODE_PERMISSION_DENIED',
  'resource-exhausted': 'CODE_RESOURCE_EXHAUSTED',
  'failed-precondition': 'CODE_FAILED_PRECONDITION',
  aborted: 'CODE_ABORTED',
  'out-of-range': 'CODE_OUT_OF_RANGE',
  unimplemented: 'CODE_UNIMPLEMENTED',
  internal: 'CODE_INTERNAL',
  unavailable: 'CODE_UNAVAILABLE',
  'data-loss': 'CODE_DATA_LOSS',
  unauthenticated: 'CODE_UNAUTHENTICATED',
};

/**
 * The error of a call, as the suite wants it: with the status that gRPC has for it. `oneReply` is
 * whether one reply was due.
 */
export function conformanceError(error: unknown, oneReply: boolean): Error_ {
  if (error === cancelled) return { code: 'CODE_CANCELED', message: undefined, details: [] };
  if (error instanceof TalosRpcError) {
    return {
      code: codes[error.status],
      message: error.reason,
      details: error.details.map(({ type, value }) => ({
        typeUrl: `type.googleapis.com/${type}`,
        value,
      })),
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  if (!isTalosError(error) || error.code !== 'protocol') {
    return { code: 'CODE_UNKNOWN', message, details: [] };
  }
  // The library has an error of its own for peers that break the rules. To gRPC, a number of replies
  // that does not fit is a method that the peer implements otherwise.
  return { code: oneReply ? 'CODE_UNIMPLEMENTED' : 'CODE_INTERNAL', message, details: [] };
}

/** Headers to send. Those with binary values are written in base64. */
export function toMetadata(headers: readonly Header[]): MetadataInit {
  const metadata: Record<string, (string | Uint8Array)[]> = {};
  for (const { name, value } of headers) {
    const values = /-bin$/i.test(name) ? value.map((text) => Buffer.from(text, 'base64')) : value;
    // The library takes names as they are on the wire.
    const key = name.toLowerCase();
    metadata[key] = [...(metadata[key] ?? []), ...values];
  }
  return metadata as MetadataInit;
}

/** Headers or trailers that were received. */
export function toHeaders(metadata: ReceivedMetadata | undefined): Header[] {
  return Object.entries(metadata ?? {}).map(([name, values]) => ({
    name,
    value: values.map((value) =>
      typeof value === 'string' ? value : Buffer.from(value).toString('base64'),
    ),
  }));
}
