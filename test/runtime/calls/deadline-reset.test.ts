import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { system } from '../../../generated/features/system.js';
import { createTalosClient, type TalosClient } from '../../../src/runtime/client.js';
import { plaintext } from '../../../src/runtime/credentials/index.js';

const CANCEL = 8;
const timeoutMs = 30_000;

let server: Http2Server;
let talos: TalosClient;
/** What the server does before it resets the call. */
let beforeReset: () => void;

beforeEach(async () => {
  beforeReset = () => {};
  server = createServer();
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => {});
    beforeReset();
    stream.close(CANCEL);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  talos = createTalosClient({
    endpoints: [`127.0.0.1:${(server.address() as AddressInfo).port}`],
    credentials: plaintext(),
    proxy: 'direct',
  });
});

afterEach(async () => {
  vi.restoreAllMocks();
  await talos.close();
  await new Promise((resolve) => server.close(resolve));
});

/** Servers written in Go reset a call with CANCEL when its deadline passes. */
describe('a call that the node resets', () => {
  test('after its deadline ends as that, also when the timer here has not had its turn', async () => {
    const now = performance.now.bind(performance);
    beforeReset = () => {
      vi.spyOn(performance, 'now').mockImplementation(() => now() + timeoutMs + 1);
    };
    await expect(system(talos).version({}, { timeoutMs })).rejects.toMatchObject({
      status: 'deadline-exceeded',
    });
  });

  test('before its deadline was cancelled by the node', async () => {
    await expect(system(talos).version({}, { timeoutMs })).rejects.toMatchObject({
      status: 'cancelled',
    });
  });
});
