import { Metadata, status } from '@grpc/grpc-js';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../../../src/pki/index.js';
import { callServerStream, callUnary } from '../../../src/runtime/call.js';
import { createTalosClient, type TalosClient } from '../../../src/runtime/client.js';
import {
  type Credentials,
  maintenance,
  mtls,
  plaintext,
  serverTls,
} from '../../../src/runtime/credentials/index.js';
import type { TalosRpcError } from '../../../src/runtime/errors/rpc-error.js';
import { TalosError } from '../../../src/runtime/errors/talos-error.js';
import type { Method } from '../../../src/runtime/method.js';
import { createMaintenanceCertificate } from '../../../testkit/src/base/pki/index.js';
import { cleanUp, rejection } from '../../support/lifecycle.js';
import { type Note, noteMethod } from '../../support/note-methods.js';
import {
  createTrust,
  failure,
  type NoteHandlers,
  startNoteServer,
  type Trust,
} from '../../support/note-server.js';

const read = noteMethod('unary');

let trust: Trust;
const later = cleanUp(afterEach);

beforeAll(async () => {
  trust = await createTrust(['os:reader']);
});

function client(address: string, credentials: Credentials): TalosClient {
  const talos = createTalosClient({ endpoints: [address], credentials });
  later(() => talos.close());
  return talos;
}

async function server(handlers: NoteHandlers = {}, by: Trust | undefined = trust) {
  const started = await startNoteServer(by, handlers);
  later(() => started.stop());
  return started;
}

async function failing(code: number, details: string, facts: Partial<Method<'unary', Note, Note>>) {
  const { address } = await server({ read: (_, reply) => reply(failure(code, details)) });
  const talos = client(address, trust.credentials);
  return rejection<TalosRpcError>(
    callUnary(talos.node('10.0.0.7'), noteMethod('unary', facts), {}),
  );
}

describe('the hint of an error', () => {
  it('names the roles the RPC takes and those the certificate has', async () => {
    const error = await failing(status.PERMISSION_DENIED, 'not authorized', {
      roles: ['os:admin', 'os:operator'],
    });
    expect(error).toMatchObject({
      status: 'permission-denied',
      reason: 'not authorized',
      hint: 'the RPC needs one of the roles os:admin, os:operator; the client certificate has os:reader',
    });
    expect(error.message).toContain(`(${error.hint})`);
  });

  it('is silent about roles when the certificate has one', async () => {
    const error = await failing(status.PERMISSION_DENIED, 'resource type is not supported', {
      roles: ['os:reader'],
    });
    expect(error.hint).toBeUndefined();
  });

  it('tells a worker as endpoint', async () => {
    const error = await failing(status.PERMISSION_DENIED, 'no request forwarding', {
      roles: ['os:admin'],
    });
    expect(error.hint).toMatch(/^127\.0\.0\.1:\d+ is a worker, .*use control plane nodes/);
  });

  it('tells since when there is the RPC', async () => {
    const error = await failing(status.UNIMPLEMENTED, 'unknown method', { since: '1.13' });
    expect(error.hint).toBe(
      'Talos has Read since 1.13: the node may be older, or in a mode that does without',
    );
  });

  it('tells an RPC that only control planes have', async () => {
    const error = await failing(status.UNIMPLEMENTED, 'only on control planes', {
      since: '1.6',
      controlPlane: true,
    });
    expect(error.hint).toBe('Read works on control plane nodes only, once they are configured');
    const newer = await failing(status.UNIMPLEMENTED, 'only on control planes', {
      since: '1.14',
      controlPlane: true,
    });
    expect(newer.hint).toMatch(/once they are configured; Talos has it since 1\.14$/);
  });

  it('does not blame the age of a node for an RPC that all of them have', async () => {
    const own = await failing(status.UNIMPLEMENTED, 'that mode is gone', { since: '1.6' });
    expect(own.hint).toBeUndefined();
    const text = 'unknown service test.NoteService';
    const missing = await failing(status.UNIMPLEMENTED, text, { since: '1.6' });
    expect(missing.hint).toMatch(/^every Talos since 1\.6 has Read: is that a Talos node/);
  });

  it('tells a node with a port', async () => {
    const error = await failing(status.INTERNAL, 'invalid target 10.0.0.7:50000', {});
    expect(error.hint).toMatch(/name the node without a port/);
  });
});

describe('the details of an error', () => {
  it('are decoded from the trailers', async () => {
    // google.rpc.Status { code: 5, details: [Any { type_url, value: RequestInfo { "id" } }] }
    const any = Buffer.concat([
      Buffer.from([0x0a, 42]),
      Buffer.from('type.googleapis.com/google.rpc.RequestInfo'),
      Buffer.from([0x12, 4, 0x0a, 2]),
      Buffer.from('id'),
    ]);
    const bytes = Buffer.concat([Buffer.from([0x08, 5, 0x1a, any.length]), any]);
    const { address } = await server({
      read(_, reply) {
        const metadata = new Metadata();
        metadata.set('grpc-status-details-bin', bytes);
        reply({ code: 5, details: 'gone', metadata });
      },
    });
    const error = await rejection<TalosRpcError>(
      callUnary(client(address, trust.credentials), read, {}),
    );
    expect(error.details).toEqual([
      {
        kind: 'request-info',
        type: 'google.rpc.RequestInfo',
        value: Buffer.from([0x0a, 2, 0x69, 0x64]),
        requestId: 'id',
        servingData: '',
      },
    ]);
    expect(error.metadata['grpc-status-details-bin']).toEqual([bytes]);
  });
});

describe('a connection that cannot come about', () => {
  it('for want of a client certificate says so', async () => {
    const { address } = await server();
    const error = await rejection<TalosRpcError>(
      callUnary(client(address, serverTls({ ca: trust.authority.cert })), read, {}),
    );
    expect(error).toMatchObject({
      status: 'unavailable',
      category: 'permanent',
      endpoint: address,
      hint: expect.stringMatching(/no client certificate.*use mtls/),
      cause: { problem: 'client-refused' },
    });
  });

  it.each(['another use', 'another CA'])(
    'because the client certificate is for %s says so',
    async (flaw) => {
      const { address } = await server();
      const { cert, key } =
        flaw === 'another use'
          ? trust.authority.issueClient({ roles: ['os:admin'], usage: 'server' })
          : createAuthority().issueClient({ roles: ['os:admin'] });
      const credentials = mtls({ ca: trust.authority.cert, cert, key });
      const talos = client(address, credentials);
      for (const round of [1, 2]) {
        const error = await rejection<TalosRpcError>(callUnary(talos, read, {}));
        expect(error, `call ${round}`).toMatchObject({
          status: 'unavailable',
          endpoint: address,
          hint: expect.stringMatching(/O=os:admin.*the CA of their own cluster signed for client/),
          cause: { problem: 'client-refused' },
          // Servers of Node end the connection where Go sends an alert that says why.
          category: 'retriable',
        });
        expect(error.reason).toMatch(/ended the connection right after the TLS handshake/);
      }
    },
  );

  it('says so again on the next call, and for streams', async () => {
    const { address } = await server();
    const talos = client(address, serverTls({ ca: trust.authority.cert }));
    const stream = callServerStream(talos, noteMethod('server-stream'), {});
    const errors = [await rejection(stream.next()), await rejection(callUnary(talos, read, {}))];
    for (const error of errors)
      expect(error).toMatchObject({ cause: { problem: 'client-refused' } });
  });

  it('because nobody trusted signed the server says who did', async () => {
    const { address } = await server();
    const { cert } = createAuthority();
    const credentials = mtls({ ca: cert, cert: trust.client.cert, key: trust.client.key });
    const error = await rejection<TalosRpcError>(callUnary(client(address, credentials), read, {}));
    expect(error).toMatchObject({ status: 'unavailable', cause: { problem: 'untrusted' } });
    expect(error.category).toBe('permanent');
  });

  it('because the server is another one names those it is for', async () => {
    const other = trust.authority.issueServer({ names: ['10.9.9.9', 'cp-9'] });
    const { address } = await server({}, { ...trust, server: other });
    const error = await rejection<TalosRpcError>(
      callUnary(client(address, trust.credentials), read, {}),
    );
    expect(error.cause).toMatchObject({ problem: 'wrong-name' });
    expect(error.reason).toMatch(/10\.9\.9\.9/);
    expect(error.reason).toMatch(/cp-9/);
  });

  it('because the node is in maintenance says how to go on', async () => {
    const node = createMaintenanceCertificate({ names: ['127.0.0.1'] });
    const { address } = await server({}, { ...trust, server: node });
    const error = await rejection<TalosRpcError>(
      callUnary(client(address, trust.credentials), read, {}),
    );
    expect(error.cause).toMatchObject({ problem: 'maintenance' });
    expect(error.reason).toMatch(/maintenance\(\{ fingerprints \}\)/);
    expect(error.category).toBe('retriable');
  });

  it('because the fingerprint is another shows the one that was seen', async () => {
    const node = createMaintenanceCertificate({ names: ['127.0.0.1'] });
    const other = createMaintenanceCertificate({ names: ['127.0.0.1'] });
    const { address } = await server({}, { ...trust, server: node });
    const talos = client(address, maintenance({ fingerprints: [other.fingerprint] }));
    const error = await rejection<TalosError>(callUnary(talos, read, {}));
    expect(error).toBeInstanceOf(TalosError);
    expect(error.message).toContain(node.fingerprint);
  });

  it('because the server speaks no TLS says so', async () => {
    const started = await startNoteServer(undefined);
    later(() => started.stop());
    const error = await rejection<TalosRpcError>(
      callUnary(client(started.address, trust.credentials), read, {}),
    );
    expect(error.cause).toMatchObject({ problem: 'not-tls' });
  });

  it('because the client speaks no TLS fails too', async () => {
    const { address } = await server();
    const error = await rejection<TalosRpcError>(callUnary(client(address, plaintext()), read, {}));
    expect(error).toMatchObject({ status: 'unavailable', endpoint: address });
  });
});
