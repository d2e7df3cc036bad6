import { X509Certificate } from 'node:crypto';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { Duplex } from 'node:stream';
import { connect, type TLSSocket } from 'node:tls';
import { Client, credentials } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { etcdMethods } from '../../../generated/features/etcd.js';
import { logs, logsMethods } from '../../../generated/features/logs.js';
import { system, systemMethods } from '../../../generated/features/system.js';
import { decodeHostnameResponse } from '../../../generated/messages/system.js';
import { callClientStream, callUnary } from '../../../src/runtime/call.js';
import { createTalosClient } from '../../../src/runtime/client.js';
import { fromBytes } from '../../../src/runtime/codec.js';
import { clientOptions, parseTalosconfig } from '../../../src/talosconfig/index.js';
import { ManualClock } from '../../../testkit/src/base/time/clock.js';
import type { SimulatedCluster } from '../../../testkit/src/cluster/cluster.js';
import { failure, startCluster } from '../support.js';

/** A bare TLS connection to a node with the certificate of an admin. */
async function adminSocket(cluster: SimulatedCluster, name: string): Promise<TLSSocket> {
  const [host, port] = cluster.node(name).endpoint.split(':');
  const { cert, pkcs8Key } = await cluster.pki.client('os:admin');
  const ca = await cluster.pki.ca();
  return new Promise((resolve, reject) => {
    const socket = connect(
      { host, port: Number(port), ca, cert, key: pkcs8Key, ALPNProtocols: ['h2'] },
      () => resolve(socket),
    );
    socket.on('error', reject);
  });
}

describe('a node over TLS', () => {
  it('shows a certificate of the CA for its address, host name and loopback', async () => {
    const cluster = await startCluster({ transport: 'tls' });
    const socket = await adminSocket(cluster, 'cp-1');
    const shown = socket.getPeerX509Certificate() as X509Certificate;
    expect(socket.getProtocol()).toBe('TLSv1.3');
    expect(socket.alpnProtocol).toBe('h2');
    socket.destroy();
    expect(shown.subjectAltName).toBe('IP Address:10.5.0.2, DNS:cp-1, IP Address:127.0.0.1');
    expect(shown.subject).toBe('CN=cp-1');
    expect(shown.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(shown.checkIssued(new X509Certificate(await cluster.pki.ca()))).toBe(true);
  });

  it.each(['expired', 'not-yet-valid', 'wrong-ca', 'wrong-usage'] as const)(
    'refuses a client whose certificate is %s',
    async (flaw) => {
      const cluster = await startCluster({ transport: 'tls' });
      const talos = cluster.client({ flaw });
      // The second call knows the certificate, and still leaves it to the node to refuse it.
      for (const _ of ['first', 'second']) {
        const error = await failure(system(talos).hostname());
        // Node looks at the usage only when HTTP/2 has begun, which says nothing about certificates.
        expect(error).toMatchObject(
          flaw === 'wrong-usage'
            ? { status: 'unavailable', category: 'retriable' }
            : {
                status: 'unavailable',
                cause: { problem: 'client-refused' },
                hint: expect.stringContaining('the client certificate (O=os:admin) is valid until'),
              },
        );
        expect(error.message).toMatch(/ended the connection|connection to .* broke/);
      }
      expect(cluster.journal.calls).toEqual([]);
    },
  );

  // Go reports what its writes meet before what it could read: a reset would hide the alert.
  it('refuses a client without a certificate by an alert, and takes what it still sends', async () => {
    const cluster = await startCluster({ transport: 'tls' });
    const [host, port] = cluster.node('cp-1').endpoint.split(':');
    const wire = connectTcp({ host, port: Number(port) });
    const ended = new Promise<unknown>((resolve) => {
      wire.on('end', () => resolve('end')).on('error', resolve);
    });
    const inner = new Duplex({
      read: () => {},
      write: (bytes, _encoding, done) => wire.write(bytes, done),
    });
    wire.on('data', (bytes) => inner.push(bytes));
    const tls = connect({
      socket: inner,
      ca: await cluster.pki.ca(),
      servername: 'cp-1',
      ALPNProtocols: ['h2'],
    });
    tls.on('secureConnect', () => tls.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'));
    expect(await new Promise((resolve) => tls.on('error', resolve))).toMatchObject({
      code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
    });
    for (let writes = 0; writes < 20; writes++) {
      await new Promise((resolve) => wire.write(Buffer.alloc(100), resolve));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await ended).toBe('end');
    wire.destroy();
  });

  it('takes all roles from the Organization of the certificate', async () => {
    const cluster = await startCluster({ transport: 'tls' });
    const role = ['os:reader', 'os:etcd:backup'] as const;
    await system(cluster.client({ role })).hostname();
    expect([...(cluster.journal.calls[0]?.roles ?? [])].sort()).toEqual([...role].sort());
  });

  it('lets its client tell the certificate it has, once it has connected', async () => {
    const cluster = await startCluster({ transport: 'tls' });
    const talos = cluster.client({ role: 'os:reader' });
    expect(talos.certificate).toBeUndefined();
    await system(talos).hostname();
    const { cert } = await cluster.pki.client('os:reader');
    expect(talos.certificate).toMatchObject({
      roles: ['os:reader'],
      fingerprint: new X509Certificate(cert).fingerprint256,
    });
  });

  it('talks to an ordinary gRPC client', async () => {
    const cluster = await startCluster({ transport: 'tls' });
    const { cert, pkcs8Key } = await cluster.pki.client('os:reader');
    const client = new Client(
      cluster.node('cp-1').endpoint,
      credentials.createSsl(
        Buffer.from(await cluster.pki.ca()),
        Buffer.from(pkcs8Key),
        Buffer.from(cert),
      ),
      { 'grpc.ssl_target_name_override': 'cp-1' },
    );
    const reply = await new Promise<Buffer>((resolve, reject) => {
      client.makeUnaryRequest(
        systemMethods.hostname.path,
        (bytes: Buffer) => bytes,
        (bytes: Buffer) => bytes,
        Buffer.alloc(0),
        (error, value) => (error === null && value !== undefined ? resolve(value) : reject(error)),
      );
    });
    client.close();
    expect(fromBytes(decodeHostnameResponse, reply).messages).toMatchObject([{ hostname: 'cp-1' }]);
  });

  it('is reached with the talosconfig of the cluster', async () => {
    const cluster = await startCluster({ controlPlanes: 3, workers: 2, transport: 'tls' });
    const context = parseTalosconfig(cluster.talosconfig).context();
    await using talos = createTalosClient(clientOptions(context));
    expect(talos.endpoints).toEqual(cluster.controlPlanes.map(({ endpoint }) => endpoint));
    const results = await talos.nodes().each((node) => system(node).hostname());
    expect(results.map((result) => result.ok && result.value.hostname)).toEqual([
      'cp-1',
      'cp-2',
      'cp-3',
      'worker-1',
      'worker-2',
    ]);
  });

  it('keeps several values of a name apart, and bytes as bytes', async () => {
    const cluster = await startCluster({ transport: 'tls' });
    let seen: ReadonlyMap<string, unknown> = new Map();
    cluster.node('cp-1').on(systemMethods.hostname, ({ metadata }) => {
      seen = metadata;
      return {};
    });
    const metadata = { many: ['a', 'b, c'], 'raw-bin': [Uint8Array.of(0, 255), Uint8Array.of(7)] };
    await callUnary(cluster.client(), systemMethods.hostname, {}, { metadata });
    expect(seen.get('many')).toEqual(['a', 'b, c']);
    expect(seen.get('raw-bin')).toEqual([Buffer.of(0, 255), Buffer.of(7)]);
    expect(seen.get('runtime')).toEqual(['Talos']);
    expect([...seen.keys()].filter((name) => /^(:|grpc-|te$|content-type)/.test(name))).toEqual([]);
  });

  it('refuses what is not gRPC', async () => {
    const cluster = await startCluster({ transport: 'tls' });
    const socket = await adminSocket(cluster, 'cp-1');
    const session = connectHttp2('https://127.0.0.1', { createConnection: () => socket });
    const stream = session.request({ ':path': '/', ':method': 'GET' });
    const status = await new Promise((resolve) => {
      stream.on('response', (headers) => resolve(headers[':status']));
    });
    session.destroy();
    expect(status).toBe(415);
  });

  it('holds a fast node back while the reader is slow', async () => {
    const cluster = await startCluster({ transport: 'tls' });
    const total = 20_000;
    let sent = 0;
    cluster.node('cp-1').on(logsMethods.dmesg, function* () {
      const record = Buffer.alloc(4096);
      for (; sent < total; sent++) yield record;
    });
    const stream = logs(cluster.client()).dmesg();
    await stream.next();
    // The windows are full when nothing moves any more.
    let before = -1;
    while (before !== sent) {
      before = sent;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(sent).toBeLessThan(total / 2);
    let received = 1;
    for await (const _ of stream) received += 1;
    expect(received).toBe(total);
  });

  it('answers an upload before its end', async () => {
    const cluster = await startCluster({ transport: 'tls' });
    cluster.node('cp-1').on(etcdMethods.recover, async (_ctx, chunks) => {
      for await (const _ of chunks) return;
    });
    let left = false;
    async function* endless() {
      try {
        for (;;) {
          yield Buffer.alloc(1000);
          await new Promise((resolve) => setImmediate(resolve));
        }
      } finally {
        left = true;
      }
    }
    await callClientStream(cluster.client(), etcdMethods.recover, endless());
    await expect.poll(() => left).toBe(true);
  });
});

describe('the certificate of a node', () => {
  it('is renewed every 12 hours; connections stay, and new ones get the new one', async () => {
    const clock = new ManualClock();
    const cluster = await startCluster({ clock, transport: 'tls' });
    const node = cluster.node('cp-1');
    const talos = cluster.client();
    await system(talos).hostname();
    const first = await node.fingerprint();
    await clock.advance(12 * 3_600_000 - 1);
    expect(await node.fingerprint()).toBe(first);
    await clock.advance(1);
    const second = await node.fingerprint();
    expect(second).not.toBe(first);
    expect(await system(talos).hostname()).toMatchObject({ hostname: 'cp-1' });
    expect(await system(cluster.client()).hostname()).toMatchObject({ hostname: 'cp-1' });
    node.renewCertificate();
    expect(await node.fingerprint()).not.toBe(second);
  });

  it('is issued for the new host name', async () => {
    const cluster = await startCluster({ transport: 'tls' });
    cluster.node('cp-1').machine.setName('talos-abc');
    const socket = await adminSocket(cluster, 'talos-abc');
    expect(socket.getPeerCertificate().subject.CN).toBe('talos-abc');
    socket.destroy();
  });
});

describe('a GOAWAY', () => {
  it('lets calls in progress end, and the next one goes over a new connection', async () => {
    const cluster = await startCluster({ transport: 'tls' });
    const node = cluster.node('cp-1');
    let finish = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    node.on(logsMethods.dmesg, async function* () {
      yield Buffer.from('before');
      await finished;
      yield Buffer.from('after');
    });
    const talos = cluster.client();
    const records: string[] = [];
    for await (const record of logs(talos).dmesg()) {
      records.push(Buffer.from(record).toString());
      if (records.length > 1) continue;
      node.goAway();
      expect(await system(talos).hostname()).toMatchObject({ hostname: 'cp-1' });
      finish();
    }
    expect(records).toEqual(['before', 'after']);
  });

  it('for too many pings ends calls, and the client connects anew', async () => {
    const cluster = await startCluster({ transport: 'tls' });
    const node = cluster.node('cp-1');
    node.stall(systemMethods.version, { times: 1 });
    const talos = cluster.client({ retry: false });
    const call = failure(system(talos).version());
    await cluster.journal.waitFor(({ requests }) => requests === 1);
    node.goAway({ tooManyPings: true });
    expect(await call).toMatchObject({ status: 'unavailable' });
    expect(await system(talos).hostname()).toMatchObject({ hostname: 'cp-1' });
  });
});

describe('a cluster in memory', () => {
  it('has no talosconfig, and says what to do', async () => {
    const cluster = await startCluster();
    expect(() => cluster.talosconfig).toThrow(/transport: 'tls'/);
    await expect(cluster.node('cp-1').fingerprint()).rejects.toThrow(/transport: 'tls'/);
    expect(cluster.endpoints).toEqual(['10.5.0.2:50000']);
  });
});
