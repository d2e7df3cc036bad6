import { connectivityState, Metadata, type StatusObject, status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import type { ConnectionOwner } from '../../../../src/runtime/carriers/carrier.js';
import { GrpcConnection } from '../../../../src/runtime/carriers/grpc-js/connection.js';
import { MetadataCache } from '../../../../src/runtime/carriers/grpc-js/metadata.js';
import { grpcSettings } from '../../../../src/runtime/carriers/grpc-js/settings.js';
import { plaintext } from '../../../../src/runtime/credentials/index.js';
import { Dialling } from '../../../../src/runtime/dial/dialler.js';
import { type Endpoint, parseEndpoint } from '../../../../src/runtime/dial/endpoint.js';
import { proxying } from '../../../../src/runtime/dial/proxy/proxying.js';
import { startHttp2 } from '../../../support/bare-servers.js';
import { cleanUp, deferred } from '../../../support/lifecycle.js';

const later = cleanUp(afterEach);

function connect(endpoint: Endpoint, owner: ConnectionOwner): GrpcConnection {
  const credentials = plaintext();
  const dialling = new Dialling((at) => credentials.security(at), proxying('direct'));
  return new GrpcConnection(
    endpoint,
    dialling.to(endpoint),
    {
      settings: grpcSettings({ endpoints: [endpoint.text], credentials }),
      metadata: new MetadataCache(),
      keepaliveMs: undefined,
      pingLess: () => {},
    },
    owner,
  );
}

async function connection(answer: Parameters<typeof startHttp2>[1] = () => {}) {
  const server = await startHttp2(undefined, answer);
  later(() => server.stop());
  const endpoint = parseEndpoint(server.address);
  const events = {
    connected: deferred(),
    failed: deferred<Error>(),
    lost: deferred(),
    gone: deferred(),
  };
  const order: string[] = [];
  const note = (name: 'connected' | 'lost' | 'gone') => () => {
    order.push(name);
    events[name].resolve();
  };
  const made = connect(endpoint, {
    connected: note('connected'),
    failed: (_, error) => events.failed.resolve(error),
    doubted: () => {},
    proved: () => {},
    lost: note('lost'),
    gone: note('gone'),
  });
  later(() => made.close());
  return { server, made, events, order };
}

describe('a connection', () => {
  it('tells when it is there, lost, and gone', async () => {
    const { server, events, order } = await connection();
    await events.connected.promise;
    await server.stop();
    await events.gone.promise;
    expect(order).toEqual(['connected', 'lost', 'gone']);
  });

  it('that is retired is lost at once, and gone when its socket is', async () => {
    const { made, events, order } = await connection();
    await events.connected.promise;
    made.retire();
    expect(order).toEqual(['connected', 'lost']);
    await events.gone.promise;
    made.retire();
    expect(order).toEqual(['connected', 'lost', 'gone']);
  });

  it('that is retired lets a call go that was begun just before', async () => {
    const { made, events } = await connection((stream) => {
      const trailers = { 'content-type': 'application/grpc', 'grpc-status': '5' };
      stream.respond({ ':status': 200, ...trailers }, { endStream: true });
    });
    await events.connected.promise;
    const ended = deferred<StatusObject>();
    const call = made.channel.createCall('/a.B/C', Infinity, null, null, null);
    call.start(new Metadata(), {
      onReceiveMetadata: () => {},
      onReceiveMessage: () => {},
      onReceiveStatus: (result) => ended.resolve(result),
    });
    call.startRead();
    call.sendMessageWithContext({}, Buffer.alloc(0));
    call.halfClose();
    made.retire();
    expect(await ended.promise).toMatchObject({ code: status.NOT_FOUND });
    await events.gone.promise;
  });

  it('never connects again', async () => {
    const { server, made, events } = await connection();
    await events.connected.promise;
    made.retire();
    await events.gone.promise;
    expect(made.channel.getConnectivityState(true)).toBe(connectivityState.SHUTDOWN);
    // grpc-js' backoff, after which a closed channel makes one more attempt, is a second.
    await new Promise((resolve) => setTimeout(resolve, 1300));
    expect(server.connections).toBe(1);
  });

  it('fails when nobody is there, and makes no further attempt', async () => {
    const server = await startHttp2(undefined, () => {});
    await server.stop();
    const endpoint = parseEndpoint(server.address);
    const failed = deferred<Error>();
    const made = connect(endpoint, {
      connected: () => {},
      failed: (_, error) => failed.resolve(error),
      doubted: () => {},
      proved: () => {},
      lost: () => {},
      gone: () => {},
    });
    later(() => made.close());
    expect(await failed.promise).toMatchObject({ problem: 'interrupted', code: 'ECONNREFUSED' });
    const again = await startHttp2(undefined, () => {}, server.port);
    later(() => again.stop());
    await new Promise((resolve) => setTimeout(resolve, 1300));
    expect(again.connections).toBe(0);
  });
});
