import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MetadataInit } from '../../src/runtime/metadata.js';
import { readSigningKey } from '../../src/siderov1/openpgp/read-key.js';
import { isUnsigned, signedHeaders } from '../../src/siderov1/payload.js';
import { configErrorOf } from '../talosconfig/support.js';
import { vector } from './support/vector.js';

const key = readSigningKey(vector.armored);
const path = '/machine.MachineService/Version';

/** What is signed of a call with this metadata. */
function signed(metadata: MetadataInit, now = vector.createdAt * 1000, of = path) {
  return signedHeaders({ path: of, metadata }, { identity: vector.identity, key, now });
}

describe('the headers of a signed call', () => {
  it('are, byte for byte, those that the official library verified', () => {
    expect(signed({ runtime: 'Talos', context: 'demo', node: '10.0.0.2' })).toEqual({
      'x-sidero-timestamp': '1796005306',
      'x-sidero-payload': vector.payload,
      'x-sidero-signature': `siderov1 vector@example.com ${vector.fingerprint} ${vector.signature}`,
    });
  });

  it('cover every value of the names that Omni compares, and nothing else', () => {
    const value = fc.string({
      unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
    });
    const values = fc.oneof(value, fc.array(value, { maxLength: 3 }));
    const covered = ['cluster', 'context', 'namespace', 'nodes', 'selectors', 'uid'];
    const metadata = fc.record(
      Object.fromEntries(
        [...covered, 'node', 'traceparent', 'x-sidero-payload'].map((name) => [name, values]),
      ),
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(metadata, fc.integer({ min: 0, max: 2 ** 31 }), (own, seconds) => {
        const headers = signed({ runtime: 'Talos', ...own }, seconds * 1000 + 999);
        const payload = JSON.parse(headers['x-sidero-payload']);
        const expected = Object.entries({ runtime: 'Talos', ...own })
          .filter(([name]) => name === 'runtime' || covered.includes(name))
          .map(([name, given]) => [name, [given].flat()] as const)
          // A list without values is no header.
          .filter(([, given]) => given.length > 0);
        expect(payload).toEqual({
          method: path,
          headers: { ...Object.fromEntries(expected), 'x-sidero-timestamp': [`${seconds}`] },
        });
        for (const text of Object.values(headers)) expect(text).toMatch(/^[\x20-\x7e]+$/);
        expect(headers['x-sidero-signature'].split(' ')).toHaveLength(4);
      }),
    );
  });

  it('belong to one second: those of the next attempt are others', () => {
    const one = signed({ runtime: 'Talos' }, 1_796_005_306_000);
    const next = signed({ runtime: 'Talos' }, 1_796_005_307_000);
    for (const name of Object.keys(one) as (keyof typeof one)[]) {
      expect(next[name]).not.toBe(one[name]);
    }
  });
});

describe('metadata that cannot be signed', () => {
  it.each([
    ['fieldselectors', { fieldselectors: 'a' }, 'a name that gRPC does not carry'],
    ['authorization', { authorization: 'Basic SECRET' }, 'a token of its own'],
  ])('is refused: %s', async (name, more, reason) => {
    const error = await configErrorOf(() => signed({ runtime: 'Talos', ...more }));
    expect(error.field).toBe(`metadata.${name}`);
    expect(error.message).toContain(`machine.MachineService/Version: metadata.${name}: `);
    expect(error.message).toContain(reason);
    expect(error.message).not.toContain('SECRET');
  });

  it.each([[{}], [{ runtime: [] }]])('is refused without runtime: %j', async (metadata) => {
    const error = await configErrorOf(() => signed(metadata));
    expect(error.message).toContain('resources of its own, not of the node');
  });

  it('may be without runtime for what is Omni’s own', () => {
    for (const own of [
      '/auth.AuthService/RevokePublicKey',
      '/omni.resources.ResourceService/Get',
    ]) {
      expect(JSON.parse(signed({}, 0, own)['x-sidero-payload']).method).toBe(own);
    }
  });
});

it('only the calls of a login are not signed', () => {
  expect(isUnsigned('/auth.AuthService/RegisterPublicKey')).toBe(true);
  expect(isUnsigned('/auth.AuthService/AwaitPublicKeyConfirmation')).toBe(true);
  expect(isUnsigned('/auth.AuthService/ConfirmPublicKey')).toBe(true);
  expect(isUnsigned('/auth.AuthService/RevokePublicKey')).toBe(false);
  expect(isUnsigned(path)).toBe(false);
});
