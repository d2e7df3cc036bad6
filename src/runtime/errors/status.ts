/** The gRPC statuses of failures, as words. The status of an error is always one of them. */
export type StatusName =
  | 'cancelled'
  | 'unknown'
  | 'invalid-argument'
  | 'deadline-exceeded'
  | 'not-found'
  | 'already-exists'
  | 'permission-denied'
  | 'resource-exhausted'
  | 'failed-precondition'
  | 'aborted'
  | 'out-of-range'
  | 'unimplemented'
  | 'internal'
  | 'unavailable'
  | 'data-loss'
  | 'unauthenticated';

const names: readonly StatusName[] = [
  'cancelled',
  'unknown',
  'invalid-argument',
  'deadline-exceeded',
  'not-found',
  'already-exists',
  'permission-denied',
  'resource-exhausted',
  'failed-precondition',
  'aborted',
  'out-of-range',
  'unimplemented',
  'internal',
  'unavailable',
  'data-loss',
  'unauthenticated',
];

/**
 * The word for a gRPC status number. Anything else that a broken peer sends, such as a number
 * outside 1 to 16 or no number at all, is `unknown`, as the gRPC specification requires.
 */
export function statusName(code: unknown): StatusName {
  return (typeof code === 'number' && names[code - 1]) || 'unknown';
}

/** The gRPC number of a status, 1 to 16. */
export function statusCode(status: StatusName): number {
  return names.indexOf(status) + 1;
}
