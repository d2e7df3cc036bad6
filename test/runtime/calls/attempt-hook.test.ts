import { status } from '@grpc/grpc-js';
import { simulateCluster } from 'talos-client-testkit';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { system } from '../../../generated/features/system.js';
import { callServerStream, callUnary } from '../../../src/runtime/call.js';
import type { AttemptHook } from '../../../src/runtime/calls/attempt-hook.js';
import { createTalosClient } from '../../../src/runtime/client.js';
import { collect } from '../../../src/runtime/streams/collect.js';
import { startHttp2 } from '../../support/bare-servers.js';
import { cleanUp, rejection } from '../../support/lifecycle.js';
import { noteMethod } from '../../support/note-methods.js';
import {
  createTrust,
  failure,
  type NoteHandlers,
  startNoteServer,
  type Trust,
} from '../../support/note-server.js';

let trust: Trust;
const later = cleanUp(afterEach);

beforeAll(async () => {
  trust = await createTrust();
});

function client(endpoints: readonly string[], attempts: AttemptHook) {
  const talos = createTalosClient({ endpoints, credentials: trust.credentials, attempts });
  later(() => talos.close());
  return talos;
}

async function noteServer(handlers: NoteHandlers = {}) {
  const server = await startNoteServer(trust, handlers);
  later(() => server.stop());
  return server;
}

const read = noteMethod('unary');

describe('the hook of attempts', () => {
  it('adds headers, in place of those of the call, for this attempt alone', async () => {
    const seen: unknown[] = [];
    const { address } = await noteServer({
      read(call, reply) {
        seen.push([call.metadata.get('x-own'), call.metadata.get('x-sign')]);
        reply(null, call.request);
      },
    });
    let signatures = 0;
    const talos = client([address], {
      begin({ call, endpoint, number, metadata }) {
        expect(call.method).toBe(read);
        expect(endpoint).toBe(address);
        expect(number).toBe(1);
        expect(metadata).toMatchObject({ runtime: 'Talos' });
        signatures += 1;
        return { 'x-own': 'hook', 'x-sign': String(signatures) };
      },
    });
    const options = { metadata: { 'x-own': 'call' } };
    await callUnary(talos, read, {}, options);
    await callUnary(talos, read, {}, options);
    expect(seen).toEqual([
      [['hook'], ['1']],
      [['hook'], ['2']],
    ]);
  });

  it('is asked again for each repeat, and told how each attempt ended', async () => {
    let calls = 0;
    const { address } = await startHttp2(trust, (stream) => {
      calls += 1;
      if (calls === 1) {
        stream.session?.destroy();
        return;
      }
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '5' },
        { endStream: true },
      );
    }).then((server) => {
      later(() => server.stop());
      return server;
    });
    const events: unknown[] = [];
    const talos = client([address], {
      begin: async ({ number }) => {
        events.push(['begin', number]);
        return undefined;
      },
      ended: ({ number }, end) => events.push(['ended', number, end?.kind]),
    });
    await expect(callUnary(talos, read, {})).rejects.toMatchObject({ status: 'not-found' });
    expect(events).toEqual([
      ['begin', 1],
      ['ended', 1, 'lost'],
      ['begin', 2],
      ['ended', 2, 'trailers'],
    ]);
  });

  it('ends the call, unsent, where it fails', async () => {
    let calls = 0;
    const { address } = await noteServer({
      read(_, reply) {
        calls += 1;
        reply(failure(status.INTERNAL, 'must not be reached'));
      },
    });
    const locked = new Error('the key is locked');
    const talos = client([address], { begin: () => Promise.reject(locked) });
    expect(await rejection(callUnary(talos, read, {}))).toBe(locked);
    const throwing = client([address], {
      begin() {
        throw locked;
      },
    });
    expect(await rejection(callUnary(throwing, read, {}))).toBe(locked);
    expect(calls).toBe(0);
  });

  it('ends the call where it fails when it is told how an attempt ended', async () => {
    const { address } = await noteServer();
    const full = new Error('the disk is full');
    const talos = client([address], {
      ended() {
        throw full;
      },
    });
    expect(await rejection(callUnary(talos, read, {}))).toBe(full);
    expect(await rejection(callUnary(talos, read, {}))).toBe(full);
  });

  it('may not add what no header can carry', async () => {
    const { address } = await noteServer();
    const talos = client([address], { begin: () => ({ 'x-text': 'line\nbreak' }) });
    expect(await rejection(callUnary(talos, read, {}))).toMatchObject({ code: 'config' });
  });

  it('is told of an attempt that this side ended', async () => {
    const { address } = await noteServer();
    const ends: unknown[] = [];
    const talos = client([address], { ended: (_, end) => ends.push(end) });
    const stream = callServerStream(talos, noteMethod('server-stream'), { text: 'one' });
    await stream.next();
    stream.cancel();
    expect(ends).toEqual([undefined]);
    await collect(callServerStream(talos, noteMethod('server-stream'), { text: 'one' }));
    expect(ends[1]).toMatchObject({ kind: 'trailers', status: 0 });
  });
});

describe('a sibling', () => {
  it('has connections of its own, to other endpoints when it is told so', async () => {
    const [a, b] = [await noteServer(), await noteServer()];
    const talos = client([a.address], {});
    await callUnary(talos, read, {});
    const same = talos.sibling();
    later(() => same.close());
    expect(same.endpoints).toEqual([a.address]);
    await talos.close();
    await callUnary(same, read, {});
    const other = same.sibling({ endpoints: [b.address] });
    later(() => other.close());
    expect(other.endpoints).toEqual([b.address]);
    await callUnary(other, read, {});
  });

  it('in memory is another caller when it has other credentials', async () => {
    await using cluster = await simulateCluster({ workers: 0, controlPlanes: 1 });
    const talos = cluster.client();
    const stranger = talos.sibling({ credentials: trust.credentials });
    const anybody = talos.sibling({
      credentials: { ...trust.credentials, certificate: undefined } as never,
    });
    const address = cluster.node('cp-1').address;
    await system(stranger.node(address)).version();
    await expect(system(anybody.node(address)).version()).rejects.toMatchObject({
      status: 'permission-denied',
    });
  });
});
