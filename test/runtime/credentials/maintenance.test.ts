import * as grpc from '@grpc/grpc-js';
import { afterAll, describe, expect, it } from 'vitest';
import { createAuthority, type Issued, lifetimes } from '../../../src/pki/index.js';
import { type Credentials, maintenance } from '../../../src/runtime/credentials/index.js';
import { TalosConfigError } from '../../../src/runtime/errors/config-error.js';
import { createMaintenanceCertificate, datesWith } from '../../../testkit/src/base/pki/index.js';
import { type EchoServer, openChannel, startServer } from './support.js';

const servers: EchoServer[] = [];

/** A node in maintenance mode that runs until the tests have ended. */
async function serve({ cert, pkcs8Key }: Issued): Promise<EchoServer> {
  const pair = { cert_chain: Buffer.from(cert), private_key: Buffer.from(pkcs8Key) };
  const server = await startServer(grpc.ServerCredentials.createSsl(null, [pair], false));
  servers.push(server);
  return server;
}

afterAll(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
});

const first = createMaintenanceCertificate({ names: ['10.0.0.5'] });
const second = createMaintenanceCertificate({ names: ['10.0.0.5'] });
const node = await serve(first);

async function refusal(endpoint: string, credentials: Credentials) {
  using channel = await openChannel(endpoint, credentials);
  await expect(channel.echo()).rejects.toMatchObject({ code: grpc.status.UNAVAILABLE });
  return { failure: channel.failure, lastError: channel.lastError };
}

describe('maintenance with fingerprints', () => {
  it.each([
    ['its only one', [first.fingerprint]],
    ['one of several', [second.fingerprint, first.fingerprint]],
  ])('talks to the node whose fingerprint is %s', async (_kind, fingerprints) => {
    using channel = await openChannel(`127.0.0.1:${node.port}`, maintenance({ fingerprints }));
    expect(await channel.echo('ping')).toBe('ping');
    expect(channel.failure).toBeUndefined();
    expect(channel.lastError).toBeUndefined();
  });

  it('does so under whatever name, since the key is the identity', async () => {
    const elsewhere = createAuthority().issueServer({
      names: ['192.0.2.1'],
      ...datesWith('expired', lifetimes.server),
    });
    const server = await serve(elsewhere);
    using channel = await openChannel(
      `localhost:${server.port}`,
      maintenance({ fingerprints: [elsewhere.fingerprint] }),
    );
    expect(await channel.echo()).toBe('hello');
  });

  it('refuses any other node, says which fingerprint it has, and sends nothing', async () => {
    const before = node.calls.length;
    const endpoint = `127.0.0.1:${node.port}`;
    const { failure, lastError } = await refusal(
      endpoint,
      maintenance({ fingerprints: [second.fingerprint] }),
    );
    expect(lastError?.problem).toBe('fingerprint');
    expect(failure).toBeInstanceOf(TalosConfigError);
    expect((failure as TalosConfigError).field).toBe('fingerprints');
    expect(failure?.message).toContain(endpoint);
    expect(failure?.message).toContain(first.fingerprint);
    expect(failure?.message).not.toContain(second.fingerprint);
    expect(node.calls).toHaveLength(before);
  });

  it('refuses a certificate for the same name from the same issuer with another key', async () => {
    const authority = createAuthority();
    const [right, wrong] = await Promise.all(
      [0, 1].map(() => authority.issueServer({ names: ['127.0.0.1'] })),
    );
    const server = await serve(wrong as Issued);
    const { lastError } = await refusal(
      `127.0.0.1:${server.port}`,
      maintenance({ fingerprints: [(right as Issued).fingerprint] }),
    );
    expect(lastError?.problem).toBe('fingerprint');
    expect(server.calls).toEqual([]);
  });

  it('judges every connection anew', async () => {
    const { port } = await serve(second);
    const known = maintenance({ fingerprints: [first.fingerprint, second.fingerprint] });
    const old = servers.pop() as EchoServer;
    using channel = await openChannel(`127.0.0.1:${port}`, known);
    expect(await channel.echo()).toBe('hello');
    await old[Symbol.asyncDispose]();
    await channel.lost();
    // The same address now belongs to a node with an unknown key.
    const stranger = createMaintenanceCertificate({ names: [] });
    const impostor = new grpc.Server();
    const pair = {
      cert_chain: Buffer.from(stranger.cert),
      private_key: Buffer.from(stranger.pkcs8Key),
    };
    await new Promise<void>((resolve, reject) =>
      impostor.bindAsync(
        `127.0.0.1:${port}`,
        grpc.ServerCredentials.createSsl(null, [pair], false),
        (error) => (error === null ? resolve() : reject(error)),
      ),
    );
    do {
      const error = await channel.echo().catch((reason: grpc.ServiceError) => reason);
      expect(error).toMatchObject({ code: grpc.status.UNAVAILABLE });
      await new Promise((resolve) => setTimeout(resolve, 20));
    } while (channel.failure === undefined);
    expect(channel.failure?.message).toContain(stranger.fingerprint);
    impostor.forceShutdown();
  });

  it.each([
    ['nothing', {}],
    ['no fingerprint', { fingerprints: [] }],
    ['one that is no string', { fingerprints: [7] }],
    ['a text', { fingerprints: ['unknown'] }],
    ['a list that is a string', { fingerprints: first.fingerprint }],
    ['one that is too short', { fingerprints: [Buffer.alloc(31).toString('base64')] }],
    ['one that is too long', { fingerprints: [Buffer.alloc(33).toString('base64')] }],
    ['one in hexadecimal', { fingerprints: [Buffer.alloc(32).toString('hex')] }],
    ['one in base64url', { fingerprints: [first.fingerprint.replace('=', '')] }],
    ['a good one and an empty one', { fingerprints: [first.fingerprint, ''] }],
  ])('refuses %s', (_kind, options) => {
    expect(() => maintenance(options as never)).toThrow(TalosConfigError);
    expect(() => maintenance(options as never)).toThrow(/^fingerprints/);
  });
});

describe('maintenance without a pin', () => {
  it('talks to any node, but only when told so', async () => {
    const endpoint = `127.0.0.1:${node.port}`;
    using channel = await openChannel(endpoint, maintenance({ insecure: true }));
    expect(await channel.echo('open')).toBe('open');
  });

  it.each([[{ insecure: false }], [{ insecure: 'true' }], [{ insecure: 1 }]])(
    'is not had by %j',
    (options) => {
      expect(() => maintenance(options as never)).toThrow(TalosConfigError);
    },
  );

  it('does not go together with fingerprints', () => {
    const both = { insecure: true, fingerprints: [first.fingerprint] };
    expect(() => maintenance(both as never)).toThrow(/^insecure: fingerprints are given too/);
  });
});
