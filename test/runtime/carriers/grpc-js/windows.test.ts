import { afterEach, expect, it } from 'vitest';
import { callUnary } from '../../../../src/runtime/call.js';
import { createTalosClient } from '../../../../src/runtime/client.js';
import { plaintext } from '../../../../src/runtime/credentials/index.js';
import { startHttp2 } from '../../../support/bare-servers.js';
import { cleanUp, rejection } from '../../../support/lifecycle.js';
import { noteMethod } from '../../../support/note-methods.js';

const later = cleanUp(afterEach);

// The official client opens streams with 65535 * 32 bytes.
it.each([
  ['the 2 MiB of the official client', {}, 2_097_120],
  ['as many as told', { flowControlWindow: 65_535 }, 65_535],
])('a node may send %s before it has to wait for the reader', async (_, options, bytes) => {
  const windows: (number | undefined)[] = [];
  const server = await startHttp2(undefined, (stream, _headers, session) => {
    windows.push(session.remoteSettings.initialWindowSize, session.state.remoteWindowSize);
    stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '5' });
    stream.end();
  });
  later(() => server.stop());
  const talos = createTalosClient({
    endpoints: [server.address],
    credentials: plaintext(),
    ...options,
  });
  later(() => talos.close());
  await rejection(callUnary(talos, noteMethod('unary'), {}, { retry: false }));
  expect(windows).toEqual([bytes, bytes]);
});
