import { constants } from 'node:http2';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { callServerStream } from '../../../../src/runtime/call.js';
import { createTalosClient } from '../../../../src/runtime/client.js';
import { plaintext } from '../../../../src/runtime/credentials/index.js';
import { grpcHeaders, noteFrame, startHttp2, startTcp } from '../../../support/bare-servers.js';
import { cleanUp, rejection } from '../../../support/lifecycle.js';
import { noteMethod } from '../../../support/note-methods.js';
import {
  flags,
  grpcData,
  grpcHead,
  h2,
  serveRaw,
  settings,
  types,
} from '../../../support/raw-http2.js';

const follow = noteMethod('server-stream');
const later = cleanUp(afterEach);

/** Sends one reply, counts pings, and tells when `pings` have come. */
async function pinged(
  count: number,
  then: (session: import('node:http2').ServerHttp2Session) => void,
) {
  const state = { pings: 0 };
  const server = await startHttp2(undefined, (stream, _headers, session) => {
    stream.respond(grpcHeaders);
    stream.write(noteFrame('one'));
    session.on('ping', () => {
      state.pings += 1;
      if (state.pings === count) then(session);
    });
  });
  later(() => server.stop());
  return { server, state };
}

describe('keepalive', () => {
  it('pings while a stream is silent', async () => {
    const { server } = await pinged(2, (session) => session.destroy());
    const talos = createTalosClient({
      endpoints: [server.address],
      credentials: plaintext(),
      keepalive: { intervalMs: 1000 },
    });
    later(() => talos.close());
    const stream = callServerStream(talos, follow, {});
    await stream.next();
    // The server cuts the connection at the second ping: so there were two.
    expect(await rejection(stream.next())).toMatchObject({ status: 'unavailable' });
  });

  it('that is too much for the node ends streams as unavailable, and quietly', async () => {
    const printed = vi.spyOn(console, 'error').mockImplementation(() => {});
    later(() => printed.mockRestore());
    const { server } = await pinged(1, (session) =>
      session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 0, Buffer.from('too_many_pings')),
    );
    const talos = createTalosClient({
      endpoints: [server.address],
      credentials: plaintext(),
      keepalive: { intervalMs: 1000 },
    });
    later(() => talos.close());
    const stream = callServerStream(talos, follow, {});
    await stream.next();
    expect(await rejection(stream.next())).toMatchObject({
      status: 'unavailable',
      reason: `${server.address} ended the connection: too many pings or calls`,
    });
    expect(printed).not.toHaveBeenCalled();
  });

  // Node then reads no further, without any event, and does not close the connection either.
  it('ends a stream after a frame that breaks the rules of HTTP/2', async () => {
    const server = await startTcp((socket) =>
      serveRaw(socket, {
        hello: Buffer.concat([settings, h2(types.settings, flags.ack, 0)]),
        request: (stream, own) => {
          own.write(Buffer.concat([grpcHead(stream), grpcData(stream, noteFrame('one'))]));
          own.write(grpcData(0, noteFrame('two')));
        },
      }),
    );
    later(() => server.stop());
    const talos = createTalosClient({
      endpoints: [server.address],
      credentials: plaintext(),
      keepalive: { intervalMs: 1000, timeoutMs: 100 },
    });
    later(() => talos.close());
    const stream = callServerStream(talos, follow, {});
    await stream.next();
    expect(await rejection(stream.next())).toMatchObject({ status: 'unavailable' });
  });

  it('is off unless asked for', async () => {
    const { server, state } = await pinged(1, (session) => session.destroy());
    const talos = createTalosClient({ endpoints: [server.address], credentials: plaintext() });
    later(() => talos.close());
    const stream = callServerStream(talos, follow, {}, { timeoutMs: 1500 });
    await stream.next();
    expect(await rejection(stream.next())).toMatchObject({ status: 'deadline-exceeded' });
    expect(state.pings).toBe(0);
  });
});

describe('the logs of grpc-js', () => {
  it.each(['GRPC_VERBOSITY', 'GRPC_TRACE', 'GRPC_NODE_VERBOSITY', 'GRPC_NODE_TRACE'])(
    'stay as they are when %s asks for them',
    async (name) => {
      vi.resetModules();
      const setLogger = vi.fn();
      vi.doMock('@grpc/grpc-js', () => ({ setLogger }));
      later(() => vi.doUnmock('@grpc/grpc-js'));
      const fresh = await import('../../../../src/runtime/carriers/grpc-js/grpc-logs.js');
      fresh.quietGrpcLogs({ [name]: 'all' });
      expect(setLogger).not.toHaveBeenCalled();
      fresh.quietGrpcLogs({});
      fresh.quietGrpcLogs({});
      expect(setLogger).toHaveBeenCalledTimes(1);
    },
  );

  it('lose only the lines about pings', async () => {
    vi.resetModules();
    const setLogger = vi.fn();
    vi.doMock('@grpc/grpc-js', () => ({ setLogger }));
    later(() => vi.doUnmock('@grpc/grpc-js'));
    const fresh = await import('../../../../src/runtime/carriers/grpc-js/grpc-logs.js');
    fresh.quietGrpcLogs({});
    const printed = vi.spyOn(console, 'error').mockImplementation(() => {});
    later(() => printed.mockRestore());
    const logger = setLogger.mock.lastCall?.[0] as Console;
    logger.error('Connection to x at y rejected by server because of excess pings. Increasing …');
    logger.error('something else', 5);
    expect(printed.mock.calls).toEqual([['E something else', 5]]);
  });
});
