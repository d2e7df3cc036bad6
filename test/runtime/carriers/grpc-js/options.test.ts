import { afterEach, describe, expect, it } from 'vitest';
import { callUnary } from '../../../../src/runtime/call.js';
import { createTalosClient } from '../../../../src/runtime/client.js';
import { plaintext } from '../../../../src/runtime/credentials/index.js';
import {
  type GrpcTransportOptions,
  grpcTransport,
} from '../../../../src/runtime/grpc-transport.js';
import { cleanUp } from '../../../support/lifecycle.js';
import { noteMethod } from '../../../support/note-methods.js';
import { startNoteServer } from '../../../support/note-server.js';

const later = cleanUp(afterEach);
const basic = { endpoints: ['10.0.0.1'], credentials: plaintext() };

describe('options of grpc-js', () => {
  it('win over those of the library', async () => {
    const server = await startNoteServer(undefined, {
      read: (call, reply) => reply(null, { text: call.metadata.get('user-agent').join() }),
    });
    later(() => server.stop());
    const talos = createTalosClient({
      endpoints: [server.address],
      credentials: plaintext(),
      channelOptions: { 'grpc.primary_user_agent': 'mine/1' },
    });
    later(() => talos.close());
    const { text } = await callUnary(talos, noteMethod('unary'), {});
    expect(text).toMatch(/^mine\/1 grpc-node-js/);
  });

  it.each([
    [
      { channelOptions: { 'grpc.keepalive_time_ms': 2 ** 31 } },
      'channelOptions["grpc.keepalive_time_ms"] must be a whole number from -1 to 2147483647',
    ],
    [{ grpcLogs: 'quite' }, 'grpcLogs: expected quiet or keep (did you mean quiet?), got a string'],
    [{ nodes: ['b'] }, 'grpcTransport: nodes: there is no such option'],
  ])('%j are refused', (options, text) => {
    const create = () => grpcTransport({ ...basic, ...options } as GrpcTransportOptions);
    expect(create).toThrow(expect.objectContaining({ code: 'config' }));
    expect(create).toThrow(text);
  });
});
