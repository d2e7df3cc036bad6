import { describe, expect, it } from 'vitest';
import { security, securityMethods } from '../../../generated/features/security.js';
import { system } from '../../../generated/features/system.js';
import { ServerStatus } from '../../../testkit/src/base/calls/status.js';
import { failure, startCluster, transports } from '../support.js';

// Talos: trustd of control planes, on a port of its own, without client certificates.
describe.each(transports)('trustd, over %s', (transport) => {
  it('serves certificates to callers without a certificate, and sees their metadata', async () => {
    const cluster = await startCluster({ transport });
    cluster.node('cp-1').on(securityMethods.certificate, ({ metadata, roles }, { csr }) => {
      if (metadata.get('token')?.[0] !== 'abc') {
        throw new ServerStatus('unauthenticated', 'invalid token');
      }
      expect(roles).toEqual([]);
      return { ca: Buffer.from('ca'), crt: csr };
    });
    const trustd = security(cluster.client({ daemon: 'trustd' }));
    const csr = Buffer.from('request');
    const reply = await trustd.certificate({ csr }, { metadata: { token: 'abc' } });
    expect(Buffer.from(reply.crt).toString()).toBe('request');
    expect(await failure(trustd.certificate({ csr }))).toMatchObject({
      status: 'unauthenticated',
    });
    expect(cluster.journal.of(securityMethods.certificate)).toMatchObject([
      { node: 'cp-1', outcome: 'ok' },
      { node: 'cp-1', outcome: 'unauthenticated' },
    ]);
  });

  it('serves nothing else, and apid does not serve its service', async () => {
    const cluster = await startCluster({ transport });
    const error = await failure(system(cluster.client({ daemon: 'trustd' })).hostname());
    expect(error).toMatchObject({ status: 'unimplemented' });
    expect(error.message).toContain('unknown service machine.MachineService');
    const csr = Buffer.from('request');
    expect(await failure(security(cluster.client()).certificate({ csr }))).toMatchObject({
      status: 'unimplemented',
    });
  });

  it('runs on control planes only: not while they have no configuration', async () => {
    const cluster = await startCluster({ maintenance: true, transport });
    const csr = Buffer.from('request');
    const talos = cluster.client({ daemon: 'trustd' });
    expect(await failure(security(talos).certificate({ csr }))).toMatchObject({
      status: 'unavailable',
    });
  });
});
