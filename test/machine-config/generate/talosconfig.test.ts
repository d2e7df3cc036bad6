import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generateTalosconfig } from '../../../src/machine-config/generate/talosconfig.js';
import { MachineConfigError } from '../../../src/runtime/errors/machine-config-error.js';
import { parseTalosconfig } from '../../../src/talosconfig/index.js';
import { secrets } from './options.js';

const now = () => Date.UTC(2026, 0, 2);

describe('a generated talosconfig', () => {
  it('has one context with a certificate for an admin, as the official client writes it', () => {
    const text = generateTalosconfig({
      clusterName: 'demo',
      secrets,
      endpoints: ['10.5.0.2'],
      now,
    });
    expect(text.replace(/: [A-Za-z0-9+/=]{100,}/g, ': base64')).toBe(
      [
        'context: demo',
        'contexts:',
        '    demo:',
        '        endpoints:',
        '            - 10.5.0.2',
        '        ca: base64',
        '        crt: base64',
        '        key: base64',
        '',
      ].join('\n'),
    );
    const context = parseTalosconfig(text).context();
    expect(context.endpoints).toEqual(['10.5.0.2']);
  });

  const certificateOf = (text: string) =>
    new X509Certificate(Buffer.from(/crt: (\S+)/.exec(text)?.[1] ?? '', 'base64'));

  it('is let in by machines that have the secrets, for 8,760 hours', () => {
    const leaf = certificateOf(generateTalosconfig({ clusterName: 'demo', secrets, now }));
    expect(leaf.verify(new X509Certificate(secrets.certs.os.cert).publicKey)).toBe(true);
    expect(leaf.subject).toBe('O=os:admin');
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(Date.parse(leaf.validFrom)).toBe(now());
    expect(Date.parse(leaf.validTo)).toBe(now() + 8_760 * 3_600_000);
  });

  it('may be for other roles and a shorter time, without endpoints', () => {
    const text = generateTalosconfig({
      clusterName: 'a: b',
      secrets,
      roles: ['os:reader', 'os:etcd:backup', 'os:reader'],
      lifetimeMs: 60_000,
      now,
    });
    expect(text).toContain('endpoints: []');
    expect(certificateOf(text).subject).toBe('O=os:reader + O=os:etcd:backup');
    expect(Date.parse(certificateOf(text).validTo)).toBe(now() + 60_000);
    expect(parseTalosconfig(text).contextNames).toEqual(['a: b']);
  });

  it('is refused when the authority is not whole', () => {
    const { k8s, os } = secrets.certs;
    const broken = { certs: { os: { cert: os.cert, key: k8s?.key ?? '' } } };
    const make = () => generateTalosconfig({ clusterName: 'demo', secrets: broken });
    expect(make).toThrow(MachineConfigError);
    expect(make).toThrow(/certs\.os: cannot issue certificates: the key is not that of/);
  });
});
