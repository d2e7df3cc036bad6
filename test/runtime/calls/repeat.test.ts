import { describe, expect, it } from 'vitest';
import { type AttemptFailure, mayRepeat, pushback } from '../../../src/runtime/calls/repeat.js';
import { resetCodes, type StreamEnd } from '../../../src/runtime/carriers/carrier.js';
import { ConnectionError } from '../../../src/runtime/dial/connection-error.js';
import type { Outcome } from '../../../src/runtime/errors/outcome.js';
import { type StatusName, statusCode } from '../../../src/runtime/errors/status.js';
import type { AnyCall } from '../../../src/runtime/transport.js';
import { noteMethod } from '../../support/note-methods.js';

const kinds = ['read', 'idempotent', 'unsafe'] as const;

/** The calls that are made again after a failure, by the first letter of each kind, in lower case. */
function again(failure: Partial<AttemptFailure>, metadata: AnyCall['metadata'] = { node: 'a' }) {
  const whole = { end: trailers('unavailable'), cause: undefined, ...failure } as AttemptFailure;
  return kinds
    .filter((idempotency) => {
      const call = { method: noteMethod('unary', { idempotency }), metadata } as unknown as AnyCall;
      return mayRepeat(call, whole);
    })
    .map(([letter]) => letter)
    .join('');
}

function trailers(status: StatusName, fields: Record<string, string> = {}): StreamEnd {
  return {
    kind: 'trailers',
    status: statusCode(status),
    message: '',
    http: undefined,
    cutShort: false,
    fields: { first: (name) => fields[name], all: () => ({}) },
  };
}

describe('a call is made again', () => {
  const lost: StreamEnd = { kind: 'lost', error: undefined };
  const answered: readonly [StatusName, Outcome, string][] = [
    ['unavailable', 'answered', 'ri'],
    ['unavailable', 'unknown', 'ri'],
    ['unavailable', 'not-sent', 'riu'],
    ['resource-exhausted', 'answered', 'ri'],
    ['aborted', 'answered', 'ri'],
    ['cancelled', 'unknown', 'ri'],
    ['cancelled', 'answered', ''],
    ['deadline-exceeded', 'unknown', 'ri'],
    ['deadline-exceeded', 'answered', ''],
    ...(
      [
        'unknown',
        'invalid-argument',
        'not-found',
        'already-exists',
        'permission-denied',
        'failed-precondition',
        'out-of-range',
        'unimplemented',
        'internal',
        'data-loss',
        'unauthenticated',
      ] as const
    ).map((status): [StatusName, Outcome, string] => [status, 'answered', '']),
  ];
  it.each(answered)('after the status %s, outcome %s: %j', (status, outcome, calls) => {
    expect(again({ end: trailers(status), status, outcome })).toBe(calls);
  });

  const ends: readonly [string, Partial<AttemptFailure>, string][] = [
    ['lost', { end: lost, status: 'unavailable', outcome: 'unknown' }, 'ri'],
    [
      'unsent',
      { end: { ...lost, kind: 'unsent' }, status: 'unavailable', outcome: 'not-sent' },
      'riu',
    ],
    ['refused', reset(resetCodes.refusedStream, 'unavailable', 'not-sent'), 'riu'],
    ['too busy', reset(resetCodes.enhanceYourCalm, 'unavailable', 'unknown'), 'ri'],
    ['cancelled by the peer', reset(resetCodes.cancel, 'cancelled', 'unknown'), 'ri'],
    ['reset', reset(2, 'internal', 'unknown'), 'ri'],
    ['not secure enough', reset(resetCodes.inadequateSecurity, 'permission-denied', 'unknown'), ''],
    [
      'without trailers',
      { end: { kind: 'no-trailers' }, status: 'internal', outcome: 'unknown' },
      'ri',
    ],
    [
      'a broken rule',
      { end: { kind: 'violation', reason: '' }, status: 'internal', outcome: 'unknown' },
      '',
    ],
    ['silence', { end: 'silent', status: 'deadline-exceeded', outcome: 'unknown' }, 'ri'],
    ['no connection', { end: 'unreachable', status: 'unavailable', outcome: 'not-sent' }, 'riu'],
    [
      'no connection after a loss',
      { end: 'unreachable', status: 'unavailable', outcome: 'unknown' },
      'ri',
    ],
  ];
  it.each(ends)('after %s', (_, failure, calls) => {
    expect(again(failure)).toBe(calls);
  });

  it('unless something has to be mended first', () => {
    const wrong = new ConnectionError('wrong-name', 'is for another host');
    const cause = Object.assign(new Error('too large'), { problem: 'message-size' });
    const unreachable = { end: 'unreachable', status: 'unavailable', outcome: 'not-sent' } as const;
    expect(again({ ...unreachable, cause: wrong })).toBe('');
    expect(
      again({ ...unreachable, cause: new AggregateError([wrong, new Error('refused')]) }),
    ).toBe('riu');
    expect(again({ status: 'resource-exhausted', outcome: 'answered', cause })).toBe('');
  });

  it('on the same node only, if it is idempotent', () => {
    const failure = { end: lost, status: 'unavailable', outcome: 'unknown' } as const;
    expect(again(failure, {})).toBe('r');
    expect(again(failure, { nodes: ['a', 'b'] })).toBe('r');
  });

  it('as an idempotent one, if the caller says so', () => {
    const method = noteMethod('unary', { idempotency: 'unsafe' });
    const failure: AttemptFailure = {
      end: lost,
      status: 'unavailable',
      outcome: 'unknown',
      cause: undefined,
    };
    const call = (metadata: AnyCall['metadata'], idempotent: boolean) =>
      ({ method, metadata, idempotent }) as unknown as AnyCall;
    expect(mayRepeat(call({ node: 'a' }, true), failure)).toBe(true);
    expect(mayRepeat(call({}, true), failure)).toBe(false);
    expect(mayRepeat(call({ node: 'a' }, false), failure)).toBe(false);
  });

  function reset(code: number, status: StatusName, outcome: Outcome): Partial<AttemptFailure> {
    return { end: { kind: 'reset', code }, status, outcome };
  }
});

it.each([
  ['0', 0],
  ['1500', 1500],
  ['-1', 'never'],
  ['', 'never'],
  ['soon', 'never'],
  ['99999999999', 'never'],
])('a peer that says %j about the next attempt means %s', (text, meaning) => {
  expect(pushback(trailers('unavailable', { 'grpc-retry-pushback-ms': text }))).toBe(meaning);
  expect(pushback(trailers('unavailable'))).toBeUndefined();
});
