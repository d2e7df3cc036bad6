import { describe, expect, it } from 'vitest';
import { structMessage } from '../../../testkit/src/topics/cosi/struct.js';
import {
  goDuration,
  goTime,
  hardwareAddress,
  netIp,
  netIpPort,
  netIpPrefix,
  prettySize,
} from '../../../testkit/src/topics/cosi/values.js';

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

// Talos: how addresses, prefixes, times and durations are written in specs.
describe('values of specs', () => {
  it.each([
    ['10.5.0.2', '0a050002'],
    ['::', '0'.repeat(32)],
    ['::1', `${'0'.repeat(31)}1`],
    ['fe80::1:2', 'fe800000000000000000000000010002'],
    ['2001:db8:1:2:3:4:5:6', '20010db8000100020003000400050006'],
    ['::ffff:10.0.0.1', '00000000000000000000ffff0a000001'],
  ])('the address %s is %s', (text, bytes) => {
    expect(hex(netIp(text).ip)).toBe(bytes);
  });

  it('what is no address is refused', () => {
    expect(() => netIp('10.5.0')).toThrow('"10.5.0" is no IP address');
  });

  it('prefixes and endpoints are addresses with a number', () => {
    expect(netIpPrefix('10.5.0.2/24')).toMatchObject({ prefixLength: 24 });
    expect(hex(netIpPrefix('fe80::1/64').ip)).toHaveLength(32);
    expect(netIpPort('10.5.0.2:51820')).toMatchObject({ port: 51820 });
    expect(hex(netIpPort('[fe80::1]:53').ip)).toHaveLength(32);
    expect(hex(hardwareAddress('02:00:0a:05:00:ff'))).toBe('02000a0500ff');
  });

  it.each([
    [0, '0s'],
    [1500, '1.5s'],
    [15_000, '15s'],
    [60_000, '1m0s'],
    [3_600_000, '1h0m0s'],
    [604_800_000, '168h0m0s'],
    [12, '12ms'],
    [0.25, '250µs'],
    [0.000_5, '500ns'],
    [-90_000, '-1m30s'],
  ])('%d ms are %s in Go', (ms, text) => {
    expect(goDuration(ms)).toBe(text);
  });

  it('times have no more digits than they need', () => {
    expect(goTime(Date.UTC(2026, 0, 1))).toBe('2026-01-01T00:00:00Z');
    expect(goTime(Date.UTC(2026, 0, 1) + 120)).toBe('2026-01-01T00:00:00.12Z');
  });

  it.each([
    [0, '0 B'],
    [512, '512 B'],
    [1_048_576, '1.0 MB'],
    [104_857_600, '105 MB'],
    [21_474_836_480, '22 GB'],
    [6_442_450_944, '6.4 GB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(prettySize(bytes)).toBe(text);
  });

  it('unstructured values keep their shape', () => {
    expect(structMessage({ a: [1, 'b', true, null, { c: {} }] })).toEqual({
      fields: {
        a: {
          kind: {
            case: 'listValue',
            value: {
              values: [
                { kind: { case: 'numberValue', value: 1 } },
                { kind: { case: 'stringValue', value: 'b' } },
                { kind: { case: 'boolValue', value: true } },
                { kind: { case: 'nullValue', value: 'NULL_VALUE' } },
                {
                  kind: {
                    case: 'structValue',
                    value: {
                      fields: { c: { kind: { case: 'structValue', value: { fields: {} } } } },
                    },
                  },
                },
              ],
            },
          },
        },
      },
    });
  });
});
