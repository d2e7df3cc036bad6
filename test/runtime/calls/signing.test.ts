import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { callUnary } from '../../../src/runtime/call.js';
import type { Attempt, AttemptHook } from '../../../src/runtime/calls/attempt-hook.js';
import type { SigningCredentials } from '../../../src/runtime/calls/signing.js';
import { createTalosClient } from '../../../src/runtime/client.js';
import type { Credentials } from '../../../src/runtime/credentials/index.js';
import type { MetadataInit } from '../../../src/runtime/metadata.js';
import type { Transport } from '../../../src/runtime/transport.js';
import { wrapTransport } from '../../../src/runtime/wrap-transport.js';
import { startHttp2 } from '../../support/bare-servers.js';
import { cleanUp, rejection } from '../../support/lifecycle.js';
import { noteMethod } from '../../support/note-methods.js';
import { createTrust, startNoteServer, type Trust } from '../../support/note-server.js';

let trust: Trust;
const later = cleanUp(afterEach);
const read = noteMethod('unary');

beforeAll(async () => {
  trust = await createTrust();
});

/** Credentials that sign with `sign`, and count the calls that go through `over`. */
function signing(sign: (attempt: Attempt) => MetadataInit | Promise<MetadataInit>) {
  const whole: string[] = [];
  const { credentials } = trust;
  const made: SigningCredentials = {
    kind: 'signing',
    certificate: credentials.certificate,
    metadata: { 'x-credentials': 'yes' },
    security: (endpoint) => credentials.security(endpoint),
    sign,
    over: (transport: Transport) => ({
      ...wrapTransport(transport, (inner) => ({
        unary: (call, request) => {
          whole.push(call.method.path);
          return inner.unary(call, request);
        },
      })),
      sibling: (changes) => transport.sibling?.(changes) as Transport,
    }),
  };
  return { credentials: made, whole };
}

function client(endpoint: string, credentials: Credentials, attempts?: AttemptHook) {
  const talos = createTalosClient({ endpoints: [endpoint], credentials, attempts });
  later(() => talos.close());
  return talos;
}

/** A server that notes the metadata of its calls. */
async function noting() {
  const seen: Record<string, unknown>[] = [];
  const server = await startNoteServer(trust, {
    read(call, reply) {
      seen.push(call.metadata.getMap());
      reply(null, call.request);
    },
  });
  later(() => server.stop());
  return { address: server.address, seen };
}

describe('credentials that sign', () => {
  it('are asked last, with all that is sent besides', async () => {
    const { address, seen } = await noting();
    const asked: Attempt[] = [];
    const { credentials } = signing((attempt) => {
      asked.push(attempt);
      return { 'x-sign': 'signed', 'x-both': 'signature' };
    });
    const talos = client(address, credentials, {
      begin: () => ({ 'x-hook': 'hook', 'x-own': 'hook', 'x-both': 'hook' }),
    });
    await callUnary(talos.node('10.0.0.2'), read, {}, { metadata: { 'x-own': 'call' } });
    const sent = { 'x-hook': 'hook', 'x-own': 'hook', 'x-credentials': 'yes', node: '10.0.0.2' };
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ endpoint: address, number: 1 });
    expect(asked[0]?.metadata).toMatchObject({ ...sent, 'x-both': 'hook', runtime: 'Talos' });
    expect(seen).toMatchObject([{ ...sent, 'x-sign': 'signed', 'x-both': 'signature' }]);
  });

  it('sign every attempt of a call, and see whole calls once', async () => {
    let calls = 0;
    const { address, stop } = await startHttp2(trust, (stream) => {
      calls += 1;
      if (calls === 1) {
        stream.session?.destroy();
        return;
      }
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '5' },
        { endStream: true },
      );
    });
    later(() => stop());
    const numbers: number[] = [];
    const ends: (string | undefined)[] = [];
    const { credentials, whole } = signing(({ number }) => {
      numbers.push(number);
      return {};
    });
    const talos = client(address, credentials, { ended: (_, end) => ends.push(end?.kind) });
    await rejection(callUnary(talos, read, {}));
    expect(numbers).toEqual([1, 2]);
    expect(ends).toEqual(['lost', 'trailers']);
    expect(whole).toEqual([read.path]);
  });

  it('end the call, unsent, where they fail', async () => {
    const { address, seen } = await noting();
    const locked = new Error('the key is locked');
    const rejecting = signing(() => Promise.reject(locked));
    expect(await rejection(callUnary(client(address, rejecting.credentials), read, {}))).toBe(
      locked,
    );
    const throwing = signing(() => {
      throw locked;
    });
    expect(await rejection(callUnary(client(address, throwing.credentials), read, {}))).toBe(
      locked,
    );
    expect(seen).toEqual([]);
  });

  it('sign for siblings too, each call once', async () => {
    const { address, seen } = await noting();
    const { credentials, whole } = signing(() => ({ 'x-sign': 'signed' }));
    const sibling = client(address, credentials).sibling();
    later(() => sibling.close());
    const again = sibling.sibling();
    later(() => again.close());
    await callUnary(again, read, {});
    expect(seen).toMatchObject([{ 'x-sign': 'signed' }]);
    expect(whole).toEqual([read.path]);
    // With other credentials, a sibling signs nothing.
    const other = sibling.sibling({ credentials: trust.credentials });
    later(() => other.close());
    await callUnary(other, read, {});
    expect(seen[1]).not.toHaveProperty('x-sign');
    expect(whole).toHaveLength(1);
  });
});
