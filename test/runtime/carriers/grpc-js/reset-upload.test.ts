import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { etcd } from '../../../../generated/features/etcd.js';
import { createTalosClient, type TalosClient } from '../../../../src/runtime/client.js';
import { plaintext } from '../../../../src/runtime/credentials/index.js';

/** How the requests of a call ended on the server. */
interface Ending {
  readonly complete: boolean;
  readonly code: number;
}

const CANCEL = 8;

let server: Http2Server;
let talos: TalosClient;
let began: Promise<void>;
let ending: Promise<Ending>;

beforeEach(async () => {
  server = createServer();
  began = new Promise((begin) => {
    ending = new Promise((resolve) => {
      server.on('stream', (stream: ServerHttp2Stream) => {
        let complete = false;
        stream.on('data', () => begin());
        // Node ends the requests itself after a reset; then `aborted` came first.
        stream.on('end', () => {
          complete = !stream.aborted;
        });
        stream.on('error', () => {});
        stream.on('close', () => resolve({ complete, code: stream.rstCode }));
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  talos = createTalosClient({
    endpoints: [`127.0.0.1:${(server.address() as AddressInfo).port}`],
    credentials: plaintext(),
    proxy: 'direct',
  });
});

afterEach(async () => {
  await talos.close();
  await new Promise((resolve) => server.close(resolve));
});

async function* endless() {
  for (;;) {
    yield Buffer.alloc(16);
    await sleep(1);
  }
}

/** Node's `close()` of a stream, which grpc-js cancels with, sends END_STREAM before RST_STREAM. */
describe('an upload that is cut off is reset, and does not look complete', () => {
  test('when its source fails', async () => {
    const problem = new Error('disk');
    async function* broken() {
      yield Buffer.alloc(16);
      await began;
      throw problem;
    }
    await expect(etcd(talos).recover(broken())).rejects.toBe(problem);
    expect(await ending).toEqual({ complete: false, code: CANCEL });
  });

  test('when its signal fires', async () => {
    const controller = new AbortController();
    const call = etcd(talos).recover(endless(), { signal: controller.signal });
    await began;
    controller.abort();
    await expect(call).rejects.toBe(controller.signal.reason);
    expect(await ending).toEqual({ complete: false, code: CANCEL });
  });

  test('when its deadline passes', async () => {
    const call = etcd(talos).recover(endless(), { timeoutMs: 300 });
    await expect(call).rejects.toMatchObject({ status: 'deadline-exceeded' });
    expect(await ending).toEqual({ complete: false, code: CANCEL });
  });

  test('when the client is closed', async () => {
    const call = expect(etcd(talos).recover(endless())).rejects.toMatchObject({ code: 'closed' });
    await began;
    await talos.close();
    await call;
    expect(await ending).toMatchObject({ complete: false });
  });
});
