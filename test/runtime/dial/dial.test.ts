import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Credentials } from '../../../src/runtime/credentials/credentials.js';
import { plaintext } from '../../../src/runtime/credentials/index.js';
import type { ConnectionError } from '../../../src/runtime/dial/connection-error.js';
import { Dialling, dial } from '../../../src/runtime/dial/dialler.js';
import { parseEndpoint } from '../../../src/runtime/dial/endpoint.js';
import { proxying } from '../../../src/runtime/dial/proxy/proxying.js';
import { startHttp2, startTcp, startTls } from '../../support/bare-servers.js';
import { cleanUp, deferred, rejection } from '../../support/lifecycle.js';
import { createTrust, type Trust } from '../../support/note-server.js';

let trust: Trust;
const later = cleanUp(afterEach);

beforeAll(async () => {
  trust = await createTrust();
});

async function dialTo(address: string, credentials: Credentials, keeps = true) {
  const came: Uint8Array[] = [];
  const dialling = new Dialling((at) => credentials.security(at), proxying('direct'));
  const cut = new AbortController();
  later(() => cut.abort());
  const accepted = deferred<Socket>();
  const broken = deferred<ConnectionError>();
  const socket = dial(await dialling.to(parseEndpoint(address)), cut.signal, {
    accepted: accepted.resolve,
    broken: broken.resolve,
    received: (bytes) => {
      came.push(bytes);
      return keeps;
    },
  });
  return { socket, cut, accepted: accepted.promise, broken: broken.promise, came };
}

describe('dialling an endpoint', () => {
  it('brings a secured socket, and says when it was accepted', async () => {
    const server = await startHttp2(trust, () => {});
    later(() => server.stop());
    const { socket, accepted } = await dialTo(server.address, trust.credentials);
    const secured = await socket;
    expect(secured).toBeInstanceOf(TLSSocket);
    expect((secured as TLSSocket).alpnProtocol).toBe('h2');
    expect(await accepted).toBe(secured);
  });

  it.each([
    { what: 'held', keeps: true },
    { what: 'not held', keeps: false },
  ])('reads much into the same memory, unless what came is held: $what', async ({ keeps }) => {
    const sent = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 251));
    const server = await startTls(trust, (socket) => void socket.write(sent));
    later(() => server.stop());
    const { socket, came } = await dialTo(server.address, trust.credentials, keeps);
    await socket;
    const length = () => came.reduce((sum, bytes) => sum + bytes.length, 0);
    await expect.poll(length).toBe(sent.length);
    const large = came.filter((bytes) => bytes.length >= 8192);
    expect(large.length).toBeGreaterThan(5);
    expect(new Set(large.map(({ buffer }) => buffer)).size).toBe(keeps ? large.length : 1);
    // Memory that is used again has other bytes by now.
    expect(Buffer.concat(came).equals(sent)).toBe(keeps);
  });

  it('says why there is no connection', async () => {
    const server = await startTcp();
    await server.stop();
    const { socket } = await dialTo(server.address, plaintext());
    expect(await rejection(socket)).toMatchObject({
      name: 'ConnectionError',
      problem: 'interrupted',
      code: 'ECONNREFUSED',
    });
  });

  it('says how a connection breaks later on', async () => {
    const server = await startTcp();
    later(() => server.stop());
    const { socket, broken } = await dialTo(server.address, plaintext());
    const plain = await socket;
    plain.destroy(new Error('the cable is cut'));
    expect((await broken).message).toContain('the cable is cut');
  });

  it('ends with its signal, before the connection is secured and after', async () => {
    const silent = await startTcp();
    later(() => silent.stop());
    const first = await dialTo(silent.address, trust.credentials);
    await first.accepted;
    first.cut.abort();
    expect(await rejection(first.socket)).toMatchObject({ problem: 'interrupted' });

    const server = await startHttp2(trust, () => {});
    later(() => server.stop());
    const second = await dialTo(server.address, trust.credentials);
    const secured = await second.socket;
    const closed = new Promise((resolve) => secured.once('close', resolve));
    second.cut.abort();
    await closed;
  });
});
