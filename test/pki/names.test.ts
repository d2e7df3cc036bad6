import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressBytes, distinguishedName } from '../../src/pki/names.js';

/** The address as a URL shows it, in its one shortest form. */
const shortest = (address: string): string => new URL(`http://[${address}]`).hostname;

describe('addresses in certificates', () => {
  it('are the four bytes of an IPv4 address', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect([...(addressBytes(address) ?? [])].join('.')).toBe(address);
      }),
    );
  });

  it('are the sixteen bytes of an IPv6 address, however it is written', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const bytes = Buffer.from(addressBytes(address) ?? []);
        expect(bytes).toHaveLength(16);
        const groups = bytes.toString('hex').match(/.{4}/g) ?? [];
        expect(shortest(groups.join(':'))).toBe(shortest(address));
      }),
    );
  });

  it('are those texts that Node takes for addresses, and no others', () => {
    const piece = fc.constantFrom('::', ':', '1', 'ffff', '0', '12345', '1.2.3.4', '256', '.', 'g');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const address = pieces.join('');
        expect(addressBytes(address) !== undefined).toBe(isIP(address) !== 0);
      }),
      { numRuns: 5000 },
    );
  });
});

describe('a distinguished name', () => {
  it('has all organizations in one relative name, shorter ones first, then the common name', () => {
    const name = distinguishedName({ organizations: ['os:reader', 'os:admin'], commonName: 'x' });
    const shown = Buffer.from(name).toString('latin1');
    expect(shown.indexOf('os:admin')).toBeLessThan(shown.indexOf('os:reader'));
    expect(shown.endsWith('x')).toBe(true);
    expect(Buffer.from(name).toString('hex').match(/31/g)?.length).toBeGreaterThanOrEqual(2);
  });

  it('may be empty', () => {
    expect([...distinguishedName({})]).toEqual([0x30, 0]);
  });
});
