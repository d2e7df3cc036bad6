import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { callServerStream, callUnary } from '../../../src/runtime/call.js';
import { createTalosClient } from '../../../src/runtime/client.js';
import type { TalosRpcError } from '../../../src/runtime/errors/rpc-error.js';
import { collect } from '../../../src/runtime/streams/collect.js';
import { startTcp } from '../../support/bare-servers.js';
import { cleanUp, rejection } from '../../support/lifecycle.js';
import { noteMethod } from '../../support/note-methods.js';
import { createTrust, startNoteServer, type Trust } from '../../support/note-server.js';
import { startHttpProxy } from '../proxy/proxies.js';

const read = noteMethod('unary');
const later = cleanUp(afterEach);

let trust: Trust;
beforeAll(async () => {
  trust = await createTrust();
});

describe('calls through a proxy', () => {
  it('reach the endpoint that only the proxy can find, verified under its own name', async () => {
    const node = await trust.authority.issueServer({ names: ['cp-1.cluster.test'] });
    const server = await startNoteServer({ ...trust, server: node });
    later(() => server.stop());
    await using proxy = await startHttpProxy({
      resolve: () => ({ host: '127.0.0.1', port: server.port }),
    });
    const talos = createTalosClient({
      endpoints: ['cp-1.cluster.test'],
      credentials: trust.credentials,
      proxy: `http://127.0.0.1:${proxy.port}`,
    });
    expect(await callUnary(talos, read, { text: 'a' })).toEqual({ text: 'a' });
    const follow = noteMethod('server-stream');
    expect(await collect(callServerStream(talos, follow, { text: 'b' }))).toEqual([{ text: 'b' }]);
    expect(proxy.requests).toEqual(['cp-1.cluster.test:50000']);
    await talos.close();
    await expect.poll(() => proxy.sockets.size).toBe(0);
  });

  it('fail with the name of the proxy when it stays silent', async () => {
    const silent = await startTcp();
    later(() => silent.stop());
    const talos = createTalosClient({
      endpoints: ['10.0.0.2'],
      credentials: trust.credentials,
      proxy: `http://user:s3cret@${silent.address}`,
      connectTimeoutMs: 150,
    });
    later(() => talos.close());
    const error = await rejection<TalosRpcError>(callUnary(talos, read, {}));
    expect(error).toMatchObject({ status: 'unavailable', endpoint: '10.0.0.2:50000' });
    expect(error.reason).toContain(`10.0.0.2:50000 through http://${silent.address} within 150 ms`);
    expect(error.message).not.toContain('s3cret');
  });
});
