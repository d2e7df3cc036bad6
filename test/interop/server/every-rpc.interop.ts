import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  callClientStream,
  callDuplex,
  callServerStream,
  callUnary,
} from '../../../src/runtime/call.js';
import type { TalosClient } from '../../../src/runtime/client.js';
import {
  type AnyMethod,
  type Method,
  type MethodKind,
  rpcName,
} from '../../../src/runtime/method.js';
import { collect } from '../../../src/runtime/streams/collect.js';
import type { Target } from '../../../src/runtime/target.js';
import { serverMethods } from '../../../testkit/generated/methods.js';
import { lenient } from '../../support/all-methods.js';
import { GoCluster, type Shown } from '../support/go-cluster.js';
import { difference, fromPlain, type Plain } from '../support/plain.js';

/** Not behind apid, or not in the published module. */
const elsewhere: ReadonlyMap<string, string> = new Map([
  ['securityapi.SecurityService/Certificate', 'served by trustd; see trust.interop.ts'],
  ['machine.MDService/Destroy', 'newer than the published module, which has no stub for it'],
]);

const methods = serverMethods
  .map(({ method }) => method)
  .filter((method) => !elsewhere.has(rpcName(method)));
const repliesOfStream = 3;

let cluster: GoCluster;
let talos: TalosClient;

beforeAll(async () => {
  cluster = await GoCluster.start();
  talos = await cluster.client();
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

/** What a caller gets for a reply on the wire. */
function unwrapped({ unwrap }: AnyMethod, value: Plain): Plain {
  const reply = value as { readonly messages?: readonly Plain[]; readonly bytes?: Plain };
  if (unwrap === 'message') return reply.messages?.[0] ?? null;
  if (unwrap === 'acknowledgement' || unwrap === 'empty') return null;
  if (unwrap === 'bytes') return reply.bytes ?? null;
  return value;
}

/** What a caller passes for a request on the wire. */
function passed({ wrap }: AnyMethod, value: Plain): unknown {
  return fromPlain(wrap === 'bytes' ? (value as { readonly bytes: Plain }).bytes : value);
}

// biome-ignore lint/suspicious/noExplicitAny: the messages of any method of a kind fit.
type Any<Kind extends MethodKind> = Method<Kind, any, any>;

/** Calls any method; gives all that it gave. */
async function call(
  target: Target,
  method: AnyMethod,
  requests: readonly unknown[],
  seed: number,
): Promise<readonly unknown[]> {
  const options = { metadata: { interop: `random=1&seed=${seed}&count=${repliesOfStream}` } };
  switch (method.kind) {
    case 'unary':
      return [await callUnary(target, lenient(method) as Any<'unary'>, requests[0], options)];
    case 'server-stream':
      return collect(
        callServerStream(target, lenient(method) as Any<'server-stream'>, requests[0], options),
      );
    case 'client-stream':
      return [await callClientStream(target, method as Any<'client-stream'>, requests, options)];
    case 'duplex':
      return collect(callDuplex(target, method as Any<'duplex'>, requests, options));
  }
}

function isByteStream({ unwrap }: AnyMethod): boolean {
  return unwrap === 'bytes';
}

/** Bytes of a stream may come in other pieces than they were sent, and empty pieces not at all. */
function joined(pieces: readonly unknown[]): Buffer {
  return Buffer.concat(pieces.map((piece) => piece as Uint8Array));
}

describe.each(methods.map((method) => [rpcName(method), method] as const))('%s', (name, method) => {
  const streamsRequests = method.kind === 'client-stream' || method.kind === 'duplex';
  const streamsReplies = method.kind === 'server-stream';

  test.each([
    ['on the endpoint itself', undefined],
    ['on another node', '10.5.0.3'],
  ])('sends what it is given and gives what the node answers, %s', async (_name, address) => {
    const seed = name.length + (address === undefined ? 0 : 1000);
    const asked: Shown[] = [];
    for (let index = 0; index < (streamsRequests ? 3 : 1); index++) {
      asked.push(await cluster.request(method.path, seed + index));
    }
    const expected: Shown[] = [];
    const replies = method.kind === 'duplex' ? asked.length : streamsReplies ? repliesOfStream : 1;
    for (let index = 0; index < replies; index++) {
      expected.push(await cluster.reply(method.path, seed + index));
    }
    await cluster.clear();

    const target = address === undefined ? talos : talos.node(address);
    const requests = asked.map(({ value }) => passed(method, value));
    const received = await call(target, method, requests, seed);

    if (isByteStream(method)) {
      const sent = expected.map(({ value }) => fromPlain(unwrapped(method, value)) as Uint8Array);
      expect(joined(received).equals(Buffer.concat(sent))).toBe(true);
    } else {
      expect(received).toHaveLength(expected.length);
      for (const [index, { value }] of expected.entries()) {
        expect(difference(unwrapped(method, value), received[index])).toBeUndefined();
      }
    }

    const [seen] = await cluster.awaitCalls(name, 'OK');
    expect(seen?.node).toBe(address === undefined ? 'cp-1' : 'cp-2');
    expect(seen?.received).toBe(asked.length);
    for (const [index, { type, value }] of asked.entries()) {
      const read = await cluster.read(type, seen?.requests?.[index] ?? '');
      expect(read.value).toEqual(value);
    }
  });
});

test('all RPCs of the contract are here, or the reason is', () => {
  expect(methods.length + elsewhere.size).toBe(81);
});
