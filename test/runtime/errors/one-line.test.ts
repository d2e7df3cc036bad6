import fc from 'fast-check';
import { ServerStatus } from 'talos-client-testkit';
import { describe, expect, it } from 'vitest';
import { system, systemMethods } from '../../../generated/features/system.js';
import { endHint } from '../../../src/runtime/calls/hints.js';
import { ConnectionError } from '../../../src/runtime/dial/connection-error.js';
import { TalosConfigError } from '../../../src/runtime/errors/config-error.js';
import { TalosFanOutError } from '../../../src/runtime/errors/fan-out-error.js';
import { oneLine } from '../../../src/runtime/errors/one-line.js';
import { TalosProtocolError } from '../../../src/runtime/errors/protocol-error.js';
import { TalosRpcError } from '../../../src/runtime/errors/rpc-error.js';
import { unwrapAll } from '../../../src/runtime/fan-out.js';
import { failure, startCluster, transports } from '../../testkit/support.js';

/** A line of its own, colours, the one-byte CSI of C1, other line ends, and text turned around. */
const hostile =
  'no\r\n2026 INFO all is well\u001b[31m\u009b2J\u007f\u0000\u0085\u2028\u2029\u202etxt.\u2066\t';
const escaped =
  'no\\r\\n2026 INFO all is well\\u001b[31m\\u009b2J\\u007f\\u0000\\u0085\\u2028\\u2029\\u202etxt.\\u2066\\t';

it('control characters are escaped, and everything else stays', () => {
  expect(oneLine(hostile)).toBe(escaped);
  const text = 'größer · 日本語 · 👩‍💻 · \\n · \ud800';
  expect(oneLine(text)).toBe(text);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (any) => {
      expect(oneLine(any)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_C}]/u);
    }),
  );
});

describe.each(transports)('the text of a node, over %s', (transport) => {
  it('is one line of the message, and stays as it came in `reason`', async () => {
    const cluster = await startCluster({ transport });
    const node = cluster.node('cp-1');
    node.on(systemMethods.version, () => {
      throw new ServerStatus('unknown', hostile);
    });
    const error = await failure(system(cluster.client()).version());
    expect(error).toMatchObject({ code: 'rpc', reason: hostile });
    expect(error.message).toBe(`[unknown] machine.MachineService/Version: ${escaped}`);
    expect(error.stack?.split('\n')[0]).toContain(escaped);
    const results = await cluster
      .client()
      .nodes([node.address])
      .each((each) => system(each).version());
    expect(() => unwrapAll(results)).toThrow(escaped);
    expect(() => unwrapAll(results)).not.toThrow('\u001b');
  });
});

it.each([
  [
    'TalosRpcError',
    (text: string) => new TalosRpcError(text, { status: 'unknown', rpc: 'a/b', hint: text }),
  ],
  [
    'TalosProtocolError',
    (text: string) => new TalosProtocolError(text, { rpc: 'a/b', node: text }),
  ],
  ['TalosConfigError', (text: string) => new TalosConfigError(text)],
  [
    'TalosFanOutError',
    (text: string) => new TalosFanOutError([{ node: 'a', error: new Error(text) }], 1),
  ],
  ['ConnectionError', (text: string) => new ConnectionError('interrupted', text)],
])('%s has a message of one line', (_, make) => {
  const { message } = make(hostile);
  expect(message).toContain(escaped);
  expect(oneLine(message)).toBe(message);
});

it('a hint holds no control characters either', () => {
  const headers = { first: () => 'text/\u009b2J', all: () => ({}) };
  const hint = endHint({ kind: 'no-trailers' }, { headers });
  expect(hint).toContain('content type text/\\u009b2J');
});
