import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { callClientStream, callServerStream, callUnary } from '../../../../src/runtime/call.js';
import { createTalosClient } from '../../../../src/runtime/client.js';
import { collect } from '../../../../src/runtime/streams/collect.js';
import { startHttp2 } from '../../../support/bare-servers.js';
import { cleanUp, deferred, rejection } from '../../../support/lifecycle.js';
import { noteMethod } from '../../../support/note-methods.js';
import { createTrust, startNoteServer, type Trust } from '../../../support/note-server.js';

// As if grpc-js kept its call elsewhere.
vi.mock('../../../../src/runtime/carriers/grpc-js/http2-call.js', async (original) => ({
  ...(await original<object>()),
  http2Call: () => undefined,
  sessionOf: () => undefined,
}));

let trust: Trust;
const later = cleanUp(afterEach);

beforeAll(async () => {
  trust = await createTrust();
});

describe('where grpc-js is not built as expected', () => {
  it('uploads are refused with an error that names the version, and none looks complete', async () => {
    const ended = deferred<{ bytes: number; complete: boolean }>();
    const server = await startHttp2(trust, (stream) => {
      let bytes = 0;
      let complete = false;
      stream.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      // Node ends the requests itself when the connection is gone; then `aborted` came first.
      stream.on('end', () => {
        complete = !stream.aborted;
      });
      stream.on('error', () => {});
      stream.on('close', () => ended.resolve({ bytes, complete }));
    });
    later(() => server.stop());
    const talos = createTalosClient({
      endpoints: [server.address],
      credentials: trust.credentials,
    });
    later(() => talos.close());
    const upload = noteMethod('client-stream', { idempotency: 'unsafe' });
    async function* notes() {
      yield { text: 'first half' };
      await new Promise(() => {});
    }
    const error = await rejection<Error>(callClientStream(talos.node('10.0.0.2'), upload, notes()));
    expect(error).toMatchObject({ code: 'rpc', status: 'internal', outcome: 'unknown' });
    expect(error.message).toContain('@grpc/grpc-js ~1.14.7');
    expect(await ended.promise).toEqual({ bytes: 0, complete: false });
  });

  it('other calls go on, and count as sent', async () => {
    const server = await startNoteServer(trust, {});
    later(() => server.stop());
    const talos = createTalosClient({
      endpoints: [server.address],
      credentials: trust.credentials,
    });
    later(() => talos.close());
    expect(await callUnary(talos, noteMethod('unary'), { text: 'one' })).toEqual({ text: 'one' });
    const stream = callServerStream(talos, noteMethod('server-stream'), { text: 'two' });
    expect(await collect(stream)).toEqual([{ text: 'two' }]);
  });
});
