import { describe, expect, it } from 'vitest';
import { TalosConfigError } from '../../../src/runtime/errors/config-error.js';
import { isRetryable, TalosRpcError } from '../../../src/runtime/errors/rpc-error.js';
import { type StatusName, statusName } from '../../../src/runtime/errors/status.js';

const statusNames = Array.from({ length: 16 }, (_, index) => statusName(index + 1));

const failed = (status: StatusName, cause?: unknown) =>
  new TalosRpcError('why', { status, rpc: 'test.Service/Read' }, { cause });

const problem = (name: string, code?: string) =>
  Object.assign(new Error(name), { problem: name, ...(code && { code }) });

describe('a call that failed may succeed later', () => {
  // Talos fails with plain `unknown` errors a lot, and a deadline says nothing about what ran.
  const later = ['unavailable', 'resource-exhausted', 'aborted'];

  it.each(statusNames)('when its status is one of a few: %s', (status) => {
    expect(isRetryable(failed(status))).toBe(later.includes(status));
    expect(failed(status).category).toBe(later.includes(status) ? 'retriable' : 'permanent');
  });

  it.each(['untrusted', 'wrong-name', 'fingerprint', 'no-http2', 'not-tls', 'message-size'])(
    'but not while something has to be mended: %s',
    (name) => {
      expect(isRetryable(failed('unavailable', problem(name)))).toBe(false);
      const all = new AggregateError([problem(name), problem(name)]);
      expect(isRetryable(failed('unavailable', all))).toBe(false);
      const some = new AggregateError([problem(name), problem('interrupted')]);
      expect(isRetryable(failed('unavailable', some))).toBe(true);
    },
  );

  it('when a server that refuses the client did not say so', () => {
    expect(isRetryable(failed('unavailable', problem('client-refused')))).toBe(true);
    const said = problem('client-refused', 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED');
    expect(isRetryable(failed('unavailable', said))).toBe(false);
  });

  it.each([undefined, null, 'unavailable', { status: 'unavailable' }, new Error('x')])(
    'and %j is no call that failed',
    (value) => {
      expect(isRetryable(value)).toBe(false);
    },
  );

  it('which no error of the configuration is', () => {
    expect(isRetryable(new TalosConfigError('x', { field: 'node' }))).toBe(false);
  });
});
