import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createAuthority, lifetimes } from '../../../src/pki/index.js';
import { mtls } from '../../../src/runtime/credentials/mtls.js';
import {
  createMaintenanceCertificate,
  datesWith,
  talosconfigFields,
} from '../../../testkit/src/base/pki/index.js';

const hourMs = 3_600_000;

describe('a maintenance certificate', () => {
  it('names the maintenance service, and comes from a CA of its own each time', async () => {
    const first = createMaintenanceCertificate({ names: ['10.0.0.5', 'node-5'] });
    const second = createMaintenanceCertificate({ names: ['10.0.0.5'] });
    const leaf = new X509Certificate(first.cert);
    expect(leaf.subject).toBe('CN=maintenance-service.talos.dev');
    for (const ip of ['10.0.0.5', '127.0.0.1', '::1']) expect(leaf.checkIP(ip)).toBe(ip);
    expect(leaf.checkHost('node-5')).toBe('node-5');
    expect(leaf.verify(leaf.publicKey)).toBe(false);
    expect(first.notAfter.getTime() - first.notBefore.getTime()).toBe(24 * hourMs);
    expect(second.fingerprint).not.toBe(first.fingerprint);
    expect(first.fingerprint).toMatch(/^[A-Za-z0-9+/]{43}=$/);
  });
});

describe('talosconfig fields', () => {
  it('are base64 of the PEM texts, which mtls takes as they are', async () => {
    const [old, next] = await Promise.all([createAuthority(), createAuthority()]);
    const client = next.issueClient({ roles: ['os:admin'] });
    const { ca, crt, key } = talosconfigFields([old.cert, next.cert], client);
    expect(Buffer.from(ca, 'base64').toString()).toBe(old.cert + next.cert);
    expect(Buffer.from(key, 'base64').toString()).toBe(client.key);
    expect(mtls({ ca, cert: crt, key }).certificate?.roles).toEqual(['os:admin']);
  });
});

describe('certificates with a flaw', () => {
  it('have expired or are not yet valid, for as long as good ones', () => {
    const authority = createAuthority();
    const expired = authority.issueClient({
      roles: [],
      ...datesWith('expired', lifetimes.client),
    });
    expect(expired.notAfter.getTime()).toBeLessThan(Date.now());
    expect(expired.notAfter.getTime() - expired.notBefore.getTime()).toBe(8760 * hourMs);
    const early = authority.issueServer({
      names: ['cp-1'],
      ...datesWith('not-yet-valid', lifetimes.server),
    });
    expect(early.notBefore.getTime()).toBeGreaterThan(Date.now());
  });
});
