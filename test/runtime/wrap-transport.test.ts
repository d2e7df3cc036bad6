import { describe, expect, it, onTestFinished } from 'vitest';
import { etcd, etcdMethods } from '../../generated/features/etcd.js';
import { logs, logsMethods } from '../../generated/features/logs.js';
import { system } from '../../generated/features/system.js';
import { createTalosClient, type TalosClient } from '../../src/runtime/client.js';
import { mtls } from '../../src/runtime/credentials/index.js';
import { grpcTransport } from '../../src/runtime/grpc-transport.js';
import type { Transport } from '../../src/runtime/transport.js';
import { wrapTransport } from '../../src/runtime/wrap-transport.js';
import { FakeTransport } from '../support/fake-transport.js';
import { collected, startCluster } from '../testkit/support.js';

function client(transport: Transport): TalosClient {
  const talos = createTalosClient({ transport });
  onTestFinished(() => talos.close());
  return talos;
}

async function connected() {
  const cluster = await startCluster({ transport: 'tls' });
  const { cert, key } = await cluster.pki.client('os:admin');
  const credentials = mtls({ ca: await cluster.pki.ca(), cert, key });
  const node = cluster.node('cp-1');
  node.on(logsMethods.dmesg, () => [Buffer.from('record')]);
  node.on(etcdMethods.recover, async (_, chunks) => {
    for await (const _ of chunks);
  });
  const inner = grpcTransport({ endpoints: [node.endpoint], credentials });
  return { inner, credentials, node };
}

/** Makes a call of each kind a transport has. */
async function callAll(talos: TalosClient, address: string): Promise<void> {
  await system(talos).hostname();
  await collected(logs(talos).dmesg());
  await etcd(talos.node(address)).recover([new Uint8Array(1)]);
}

describe('a wrapped transport', () => {
  it('keeps the certificate and the endpoints of the client', async () => {
    const { inner, credentials, node } = await connected();
    expect(client(inner).certificate).toBe(credentials.certificate);
    const talos = client(
      wrapTransport(
        wrapTransport(inner, () => ({})),
        () => ({}),
      ),
    );
    expect(talos.certificate).toBe(credentials.certificate);
    expect(talos.certificate?.roles).toEqual(['os:admin']);
    expect(talos.endpoints).toEqual([node.endpoint]);
    await callAll(talos, node.address);
  });

  it('sees the calls that it takes in hand, and leaves the others alone', async () => {
    const { inner, node } = await connected();
    const seen: string[] = [];
    const note = ({ method }: { method: { path: string } }) => {
      seen.push(method.path.replace(/^.*\//, ''));
    };
    await callAll(
      client(
        wrapTransport(inner, (below) => ({
          unary(call, request) {
            note(call);
            return below.unary(call, request);
          },
        })),
      ),
      node.address,
    );
    expect(seen).toEqual(['Hostname']);
    const { inner: other, node: second } = await connected();
    await callAll(
      client(
        wrapTransport(other, (below) => ({
          stream(call, requests) {
            note(call);
            return below.stream(call, requests);
          },
          clientStream(call, requests) {
            note(call);
            return below.clientStream(call, requests);
          },
        })),
      ),
      second.address,
    );
    expect(seen).toEqual(['Hostname', 'Dmesg', 'EtcdRecover']);
  });

  it('asks the transport below for its certificate each time, or has its own', () => {
    const inner: FakeTransport & { certificate?: Transport['certificate'] } = new FakeTransport();
    const own = { roles: ['os:reader'] } as unknown as NonNullable<Transport['certificate']>;
    const talos = createTalosClient({ transport: wrapTransport(inner, () => ({})) });
    expect(talos.certificate).toBeUndefined();
    inner.certificate = own;
    expect(talos.certificate).toBe(own);
    const without = wrapTransport(inner, () => ({
      certificate: undefined,
      endpoints: ['a:50000'],
    }));
    expect(createTalosClient({ transport: without })).toMatchObject({
      certificate: undefined,
      endpoints: ['a:50000'],
    });
  });

  it('closes the transport below, or itself', async () => {
    const [first, second] = [new FakeTransport(), new FakeTransport()];
    await createTalosClient({ transport: wrapTransport(first, () => ({})) }).close();
    expect(first.closed).toBe(true);
    let closed = false;
    const close = () => {
      closed = true;
    };
    await createTalosClient({ transport: wrapTransport(second, () => ({ close })) }).close();
    expect([closed, second.closed]).toEqual([true, false]);
  });

  it('wraps its siblings too', async () => {
    const { inner, node } = await connected();
    const seen: string[] = [];
    const wrapped = wrapTransport(inner, (below) => ({
      unary(call, request) {
        seen.push(call.method.path);
        return below.unary(call, request);
      },
    }));
    const sibling = client(wrapped).sibling();
    await system(sibling.node(node.address)).hostname();
    await sibling.close();
    expect(seen).toEqual(['/machine.MachineService/Hostname']);
    expect(wrapTransport(new FakeTransport(), () => ({})).sibling).toBeUndefined();
  });
});
