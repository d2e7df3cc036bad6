import { createPublicKey, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createAuthority } from '../../src/pki/index.js';
import { describeCertificate } from '../../src/runtime/credentials/client-certificate.js';
import { keyFingerprint } from '../../src/runtime/dial/fingerprint.js';

const serverAuth = '1.3.6.1.5.5.7.3.1';
const clientAuth = '1.3.6.1.5.5.7.3.2';
const dayMs = 24 * 3_600_000;

/** The facts of a certificate that Node tells. */
function read(pem: string): X509Certificate {
  return new X509Certificate(pem);
}

/** The bits of the key usage extension, as the byte that holds them. */
function keyUsageByte({ raw }: X509Certificate): number | undefined {
  const oid = Buffer.from('0603551d0f', 'hex');
  const at = raw.indexOf(oid);
  // OID, critical TRUE (3 bytes), OCTET STRING header (2), BIT STRING header (2), unused bits (1)
  return at === -1 ? undefined : raw[at + oid.length + 8];
}

// Talos: certificates of nodes and clients, their names, usages and lifetimes.
describe('the authority', () => {
  it('is a self-signed Ed25519 CA of talos that lives for 10 years', () => {
    const now = Date.UTC(2026, 3, 1, 12, 0, 0, 789);
    const authority = createAuthority({ now: () => now });
    const ca = read(authority.cert);
    expect(ca.ca).toBe(true);
    expect(ca.publicKey.asymmetricKeyType).toBe('ed25519');
    expect(ca.subject).toBe('O=talos');
    expect(ca.issuer).toBe('O=talos');
    expect(ca.verify(ca.publicKey)).toBe(true);
    expect(ca.keyUsage).toEqual([serverAuth, clientAuth]);
    expect(keyUsageByte(ca)).toBe(0b1000_0100); // digitalSignature, keyCertSign
    expect(new Date(ca.validFrom).getTime()).toBe(Date.UTC(2026, 3, 1, 12));
    expect(new Date(ca.validTo).getTime()).toBe(Date.UTC(2026, 3, 1, 12) + 87_600 * 3_600_000);
    expect(authority.key).toMatch(/^-----BEGIN ED25519 PRIVATE KEY-----\n/);
    expect(authority.cert).toMatch(
      /^-----BEGIN CERTIFICATE-----\n[\s\S]*-----END CERTIFICATE-----\n$/,
    );
  });

  it('gives every certificate a positive serial number of up to 128 bits', () => {
    const authority = createAuthority();
    const serials = Array.from(
      { length: 40 },
      () => read(authority.issueClient({ roles: ['os:admin'] }).cert).serialNumber,
    );
    for (const serial of serials) expect(serial).toMatch(/^[0-9A-F]{26,32}$/);
    expect(serials.some((serial) => /^[89A-F]/.test(serial))).toBe(true);
    expect(new Set(serials).size).toBe(40);
  });

  it('issues server certificates for IPs and names, for 24 hours', () => {
    const now = Date.UTC(2026, 3, 1);
    const authority = createAuthority({ now: () => now });
    const { cert, fingerprint, notBefore, notAfter } = authority.issueServer({
      names: ['10.0.0.1', '2001:db8::1', 'cp-1', 'cp-1.example'],
    });
    const leaf = read(cert);
    expect(leaf.ca).toBe(false);
    expect(leaf.subject).toBe('CN=cp-1');
    expect(leaf.keyUsage).toEqual([serverAuth]);
    expect(keyUsageByte(leaf)).toBe(0b1000_0000); // digitalSignature
    // Bits after the last one that is set do not count.
    expect(leaf.raw.toString('hex')).toContain('0603551d0f0101ff0404'.concat('03020780'));
    expect(leaf.checkIP('10.0.0.1')).toBe('10.0.0.1');
    expect(leaf.checkIP('2001:db8::1')).toBe('2001:db8::1');
    expect(leaf.checkIP('10.0.0.2')).toBeUndefined();
    expect(leaf.checkHost('cp-1.example')).toBe('cp-1.example');
    expect(leaf.checkHost('cp-2')).toBeUndefined();
    expect(leaf.checkIssued(read(authority.cert))).toBe(true);
    expect(leaf.verify(read(authority.cert).publicKey)).toBe(true);
    expect(notBefore).toEqual(new Date(now));
    expect(notAfter).toEqual(new Date(now + dayMs));
    expect(fingerprint).toBe(keyFingerprint(leaf));
  });

  it('issues client certificates with all roles in one relative name, for a year', () => {
    const now = Date.UTC(2026, 3, 1);
    const authority = createAuthority({ now: () => now });
    const { cert, key, pkcs8Key, notAfter } = authority.issueClient({
      roles: ['os:reader', 'os:etcd:backup', 'os:admin'],
    });
    const leaf = read(cert);
    expect(leaf.keyUsage).toEqual([clientAuth]);
    expect(leaf.subject).toBe('O=os:admin + O=os:reader + O=os:etcd:backup');
    expect(leaf.subjectAltName).toBeUndefined();
    expect(describeCertificate(leaf).roles).toEqual(['os:admin', 'os:reader', 'os:etcd:backup']);
    expect(notAfter).toEqual(new Date(now + 365 * dayMs));
    expect(key).toMatch(/^-----BEGIN ED25519 PRIVATE KEY-----\n/);
    expect(key.replaceAll('ED25519 ', '')).toBe(pkcs8Key);
    expect(createPublicKey(pkcs8Key).export({ type: 'spki', format: 'pem' })).toBe(
      leaf.publicKey.export({ type: 'spki', format: 'pem' }),
    );
  });

  it.each([
    ['client', [clientAuth]],
    ['server', [serverAuth]],
    ['both', [serverAuth, clientAuth]],
  ] as const)('issues client certificates for the usage %s', async (usage, expected) => {
    const authority = createAuthority();
    const { cert } = authority.issueClient({ roles: ['os:admin'], usage });
    expect(read(cert).keyUsage).toEqual(expected);
  });

  it('renews by the clock, with a new key', () => {
    let now = Date.UTC(2026, 3, 1);
    const authority = createAuthority({ now: () => now });
    const first = authority.issueServer({ names: ['cp-1'] });
    now += dayMs / 2;
    const second = authority.issueServer({ names: ['cp-1'] });
    expect(second.notBefore.getTime() - first.notBefore.getTime()).toBe(dayMs / 2);
    expect(second.fingerprint).not.toBe(first.fingerprint);
  });

  it('takes a start and a lifetime', () => {
    const authority = createAuthority();
    const { notBefore, notAfter } = authority.issueClient({
      roles: ['os:reader'],
      notBefore: new Date('2020-02-29T00:00:00Z'),
      lifetimeMs: 1000,
    });
    expect(notBefore.toISOString()).toBe('2020-02-29T00:00:00.000Z');
    expect(notAfter.toISOString()).toBe('2020-02-29T00:00:01.000Z');
  });
});
