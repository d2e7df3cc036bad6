import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { logs, logsMethods } from '../../generated/features/logs.js';
import { system, systemMethods } from '../../generated/features/system.js';
import { callServerStream, callUnary } from '../../src/runtime/call.js';
import type { SigningCredentials } from '../../src/runtime/calls/signing.js';
import { createTalosClient } from '../../src/runtime/client.js';
import { mtls } from '../../src/runtime/credentials/index.js';
import { subscribe } from '../../src/runtime/diagnostics/index.js';
import type { AnyMethod, Method } from '../../src/runtime/method.js';
import { type CallEnd, type Middleware, middleware } from '../../src/runtime/middleware.js';
import { route } from '../../src/runtime/target.js';
import { clientOptions, parseTalosconfig } from '../../src/talosconfig/index.js';
import { FakeTransport, readMethod, streamOf } from '../support/fake-transport.js';
import { rejection } from '../support/lifecycle.js';
import { collected, startCluster } from '../testkit/support.js';

const followMethod = {
  ...(readMethod as unknown as AnyMethod),
  path: '/test.Service/Follow',
  kind: 'server-stream',
} as unknown as Method<'server-stream', Record<string, never>, { value: string }>;

/** A middleware that writes down what it is told. */
function scribe(notes: unknown[], name = ''): Middleware {
  return middleware((call) => {
    notes.push(`${name}begin ${call.method.kind}`);
    return {
      reply: (reply) => void notes.push(reply),
      ended: (end) => void notes.push(`${name}${end.kind}`),
    };
  });
}

function clientOf(answer: ConstructorParameters<typeof FakeTransport>[0], ...use: Middleware[]) {
  const transport = new FakeTransport(answer);
  return { transport, talos: createTalosClient({ transport, use }) };
}

describe('a middleware', () => {
  it('sees a unary call, its reply and its end, once each', async () => {
    const notes: unknown[] = [];
    const { talos } = clientOf(() => ({ value: 'one' }), scribe(notes));
    expect(await callUnary(talos, readMethod, {})).toEqual({ value: 'one' });
    expect(notes).toEqual(['begin unary', { value: 'one' }, 'ok']);
  });

  it('sees how a call fails, and the caller gets the same error', async () => {
    const ends: CallEnd[] = [];
    const broken = new Error('broken');
    const { talos } = clientOf(
      () => Promise.reject(broken),
      middleware(() => ({ ended: (end) => void ends.push(end) })),
    );
    expect(await rejection(callUnary(talos, readMethod, {}))).toBe(broken);
    expect(ends).toEqual([{ kind: 'failed', error: broken }]);
  });

  it('sees each reply of a stream, and its end', async () => {
    const notes: unknown[] = [];
    const { talos } = clientOf(() => streamOf(['a', 'b']).stream, scribe(notes));
    const stream = callServerStream(talos, followMethod, {});
    expect(notes).toEqual([]);
    expect(await collected(stream)).toEqual(['a', 'b']);
    expect(notes).toEqual(['begin server-stream', 'a', 'b', 'ok']);
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(notes).toHaveLength(4);
  });

  it('sees that a reader left, and the stream below is left too', async () => {
    const notes: unknown[] = [];
    const { stream: below, state } = streamOf(['a', 'b']);
    const { talos } = clientOf(() => below, scribe(notes));
    for await (const _ of callServerStream(talos, followMethod, {})) break;
    expect(notes).toEqual(['begin server-stream', 'a', 'left']);
    await expect.poll(() => state.left).toBe(true);
  });

  it('sees how a stream fails', async () => {
    const notes: unknown[] = [];
    const broken = new Error('broken');
    const items = (async function* () {
      yield 'a';
      throw broken;
    })();
    const { talos } = clientOf(() => streamOf(items).stream, scribe(notes));
    const stream = callServerStream(talos, followMethod, {});
    await stream.next();
    expect(await rejection(stream.next())).toBe(broken);
    expect(notes).toEqual(['begin server-stream', 'a', 'failed']);
  });

  it('may change the call, for streams as well', async () => {
    const secret = middleware((call) => ({
      call: { ...call, metadata: { ...call.metadata, 'x-own': 'yes' } },
    }));
    const { talos, transport } = clientOf(() => streamOf([]).stream, secret);
    await callUnary(talos, readMethod, {});
    await collected(callServerStream(talos, followMethod, {}));
    expect(transport.calls.map(({ metadata }) => metadata['x-own'])).toEqual(['yes', 'yes']);
  });

  it('may look things up before the call goes on', async () => {
    const notes: unknown[] = [];
    const slow = middleware(async (call) => {
      await Promise.resolve();
      return { call: { ...call, timeoutMs: 7 }, ended: ({ kind }) => void notes.push(kind) };
    });
    const { talos, transport } = clientOf(
      (call) => (call.method.kind === 'unary' ? {} : streamOf(['a', 'b', 'c']).stream),
      slow,
    );
    await callUnary(talos, readMethod, {});
    const stream = callServerStream(talos, followMethod, {});
    const asked = [stream.next(), stream.next(), stream.next()];
    expect((await Promise.all(asked)).map(({ value }) => value)).toEqual(['a', 'b', 'c']);
    expect(transport.calls.map(({ timeoutMs }) => timeoutMs)).toEqual([7, 7]);
    stream.cancel();
    const left = callServerStream(talos, followMethod, {});
    const next = left.next();
    left.cancel();
    expect((await next).done).toBe(true);
    expect(notes).toEqual(['ok', 'left', 'left']);
  });

  it('ends the call, unsent, with what its begin throws', async () => {
    const no = new Error('no');
    const refuse = middleware(() => {
      throw no;
    });
    const { talos, transport } = clientOf(() => ({}), refuse);
    expect(await rejection(callUnary(talos, readMethod, {}))).toBe(no);
    expect(await rejection(callServerStream(talos, followMethod, {}).next())).toBe(no);
    expect(transport.calls).toEqual([]);
  });

  it('that stands first is outermost', async () => {
    const notes: unknown[] = [];
    const { talos } = clientOf(() => 1, scribe(notes, 'a '), scribe(notes, 'b '));
    await callUnary(talos, readMethod, {});
    expect(notes).toEqual(['a begin unary', 'b begin unary', 1, 'b ok', 1, 'a ok']);
  });

  it('lets a stream be read once, as without it', async () => {
    const cluster = await startCluster({ controlPlanes: 1 });
    cluster.node('cp-1').on(logsMethods.dmesg, () => [Buffer.from('record')]);
    const { transport } = cluster.client()[route]();
    const talos = createTalosClient({ transport, use: [middleware(() => undefined)] });
    const stream = logs(talos).dmesg();
    expect(await collected(stream)).toHaveLength(1);
    expect(() => stream[Symbol.asyncIterator]()).toThrow(/can be read once/);
  });
});

it('a middleware is told what the call goes to, and so which client it is for others', async () => {
  const cluster = await startCluster({ transport: 'tls' });
  const seen: unknown[] = [];
  const observed = middleware((_, inner) => void seen.push(inner.observed));
  const context = parseTalosconfig(cluster.talosconfig).context();
  const options = { ...clientOptions(context), name: 'mine', use: [observed, scribe([])] };
  await using talos = createTalosClient(options);
  const started: unknown[] = [];
  using _ = subscribe({ callStarted: ({ client }) => void started.push(client) });
  await system(talos).version();
  await using sibling = talos.sibling();
  await system(sibling).version();
  expect(seen).toMatchObject([{ name: 'mine' }, { name: 'mine' }]);
  expect(seen[0]).toBe(started[0]);
  expect(seen[1]).toBe(started[1]);
  expect(seen[0]).not.toBe(seen[1]);
});

describe('the middlewares of a client', () => {
  async function connected(use: readonly Middleware[]) {
    const cluster = await startCluster({ transport: 'tls', controlPlanes: 1 });
    const { cert, key } = await cluster.pki.client('os:admin');
    const credentials = mtls({ ca: await cluster.pki.ca(), cert, key });
    const talos = createTalosClient({ endpoints: cluster.endpoints, credentials, use });
    onTestFinished(() => talos.close());
    return { cluster, talos, credentials };
  }

  it('keep its certificate, its endpoints and its siblings', async () => {
    const notes: unknown[] = [];
    const { talos, credentials, cluster } = await connected([scribe(notes)]);
    expect(talos.certificate).toBe(credentials.certificate);
    expect(talos.endpoints).toEqual(cluster.endpoints);
    await using sibling = talos.sibling();
    await system(sibling).version();
    expect(notes[0]).toBe('begin unary');
  });

  it('see one call where there were two attempts, and each attempt by its hook', async () => {
    const notes: unknown[] = [];
    const hooked = (name: string): Middleware =>
      middleware(() => ({ ended: ({ kind }) => void notes.push(`${name} ${kind}`) }), {
        attempts: {
          begin: ({ number, metadata }) => {
            notes.push(`${name} attempt ${number} ${metadata['x-mark'] ?? ''}`);
            return { 'x-mark': name };
          },
          ended: (_, end) => void notes.push(`${name} ${end?.kind}`),
        },
      });
    const { cluster, talos } = await connected([hooked('a'), hooked('b')]);
    cluster.node('cp-1').drop(systemMethods.version, { times: 1 });
    await system(talos).version();
    expect(notes).toEqual([
      'a attempt 1 ',
      'b attempt 1 a',
      'a lost',
      'b lost',
      'a attempt 2 ',
      'b attempt 2 a',
      'a trailers',
      'b trailers',
      'b ok',
      'a ok',
    ]);
  });

  it('are signed too, whatever they add to an attempt: credentials sign last', async () => {
    const cluster = await startCluster({ transport: 'tls', controlPlanes: 1 });
    const { cert, key } = await cluster.pki.client('os:admin');
    const inner = mtls({ ca: await cluster.pki.ca(), cert, key });
    const signed: unknown[] = [];
    const credentials: SigningCredentials = {
      kind: 'signing',
      certificate: inner.certificate,
      metadata: undefined,
      security: (endpoint) => inner.security(endpoint),
      sign: ({ metadata }) => {
        signed.push([metadata['x-one'], metadata['x-two'], metadata['x-call']]);
        return {};
      },
      over: (transport) => transport,
    };
    const add = (name: string) =>
      middleware((call) => ({ call: { ...call, metadata: { ...call.metadata, 'x-call': 'c' } } }), {
        attempts: { begin: () => ({ [name]: name }) },
      });
    const use = [add('x-one'), add('x-two')];
    const talos = createTalosClient({ endpoints: cluster.endpoints, credentials, use });
    onTestFinished(() => talos.close());
    await system(talos).version();
    expect(signed).toEqual([['x-one', 'x-two', 'c']]);
  });

  it('cannot see the attempts of a transport that is given', () => {
    const use = [middleware(() => undefined, { attempts: { begin: vi.fn() } })];
    expect(() => createTalosClient({ transport: new FakeTransport(), use })).toThrow(
      /use\[0\] has to see every attempt/,
    );
  });

  it('are functions', () => {
    const transport = new FakeTransport();
    expect(() => createTalosClient({ transport, use: [{}] as never })).toThrow(
      /use: expected a list of middlewares/,
    );
    expect(() => middleware(undefined as never)).toThrow(/a function of a call is needed/);
  });
});
