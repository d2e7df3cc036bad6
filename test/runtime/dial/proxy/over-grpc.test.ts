import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { callServerStream, callUnary } from '../../../../src/runtime/call.js';
import { createTalosClient } from '../../../../src/runtime/client.js';
import type { TalosRpcError } from '../../../../src/runtime/errors/rpc-error.js';
import { collect } from '../../../../src/runtime/streams/collect.js';
import { loadTalosconfig } from '../../../../src/talosconfig/index.js';
import { talosconfigFields } from '../../../../testkit/src/base/pki/index.js';
import { startTcp } from '../../../support/bare-servers.js';
import { cleanUp, rejection } from '../../../support/lifecycle.js';
import { noteMethod } from '../../../support/note-methods.js';
import { createTrust, startNoteServer, type Trust } from '../../../support/note-server.js';
import { temporaryDirectory } from '../../../talosconfig/support.js';
import { startHttpProxy, startSocksProxy } from './proxies.js';

const read = noteMethod('unary');
const later = cleanUp(afterEach);

let trust: Trust;
beforeAll(async () => {
  trust = await createTrust();
});

describe('calls through a proxy', () => {
  it('reach the endpoint that only the proxy can find, verified under its own name', async () => {
    const node = trust.authority.issueServer({ names: ['cp-1.cluster.test'] });
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

  it('go through that of the environment unless told otherwise', async () => {
    const node = trust.authority.issueServer({ names: ['localhost.test'] });
    const server = await startNoteServer({ ...trust, server: node });
    later(() => server.stop());
    await using proxy = await startHttpProxy({
      resolve: () => ({ host: '127.0.0.1', port: server.port }),
    });
    vi.stubEnv('HTTPS_PROXY', `http://me:s3cret@127.0.0.1:${proxy.port}`);
    vi.stubEnv('NO_PROXY', 'elsewhere.test');
    later(() => vi.unstubAllEnvs());
    const options = { endpoints: ['localhost.test:1'], credentials: trust.credentials };
    const talos = createTalosClient(options);
    later(() => talos.close());
    expect(await callUnary(talos, read, { text: 'a' })).toEqual({ text: 'a' });
    expect(proxy.requests).toEqual(['localhost.test:1']);
    expect(proxy.logins).toEqual([`Basic ${Buffer.from('me:s3cret').toString('base64')}`]);

    // Nobody else knows the way to that name.
    const direct = createTalosClient({ ...options, proxy: 'direct' });
    later(() => direct.close());
    expect(await rejection(callUnary(direct, read, {}))).toMatchObject({ status: 'unavailable' });
    vi.stubEnv('NO_PROXY', '.test');
    const bypassed = createTalosClient(options);
    later(() => bypassed.close());
    expect(await rejection(callUnary(bypassed, read, {}))).toMatchObject({ status: 'unavailable' });
    expect(proxy.requests).toHaveLength(1);
  });

  it.each([
    ['http', startHttpProxy, `Basic ${Buffer.from('me:p@ss').toString('base64')}`],
    ['socks5', startSocksProxy, 'me:p@ss'],
  ] as const)('go where `proxy-url` of a talosconfig says: %s', async (scheme, start, login) => {
    const server = await startNoteServer(trust);
    later(() => server.stop());
    await using proxy = await start({
      resolve: () => ({ host: '127.0.0.1', port: server.port }),
      ...(scheme === 'socks5' ? { login } : {}),
    });
    const { ca, crt, key } = talosconfigFields(trust.authority.cert, trust.client);
    const path = join(await temporaryDirectory(), 'config');
    const url = `${scheme}://me:p%40ss@127.0.0.1:${proxy.port}`;
    await writeFile(
      path,
      `context: a\ncontexts: {a: {endpoints: [127.0.0.1], ca: ${ca}, crt: ${crt}, key: ${key}, proxy-url: "${url}"}}`,
    );
    const talos = createTalosClient(await loadTalosconfig({ path }));
    later(() => talos.close());
    expect(await callUnary(talos, read, { text: 'a' })).toEqual({ text: 'a' });
    expect(proxy.requests).toEqual(['127.0.0.1:50000']);
    expect(proxy.logins).toEqual([login]);
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
