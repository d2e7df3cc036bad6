import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalAddress,
  canonicalAddressAndPort,
  canonicalHardwareAddress,
  canonicalPrefix,
} from '../../../src/machine-config/scalars/address.js';
import { formatDiskSize, isSize, parseBytes } from '../../../src/machine-config/scalars/bytes.js';
import { formatDuration, parseDuration } from '../../../src/machine-config/scalars/duration.js';
import { canonicalUrl } from '../../../src/machine-config/scalars/url.js';

describe('durations', () => {
  it.each([
    ['168h', '168h0m0s'],
    ['90s', '1m30s'],
    ['1.5s', '1.5s'],
    ['.5s', '500ms'],
    ['1us', '1µs'],
    ['0', '0s'],
    ['-1m', '-1m0s'],
    ['1h1ns', '1h0m0.000000001s'],
    ['9223372036854775807ns', '2562047h47m16.854775807s'],
  ])('%s is %s', (text, canonical) => {
    expect(formatDuration(parseDuration(text) ?? -1n)).toBe(canonical);
  });

  it.each(['', '5', '1d', 's', '1h1', '1 h', '9223372036854775808ns', '.s'])(
    '%j is none',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  it('come back from their text', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), (nanoseconds) => {
        expect(parseDuration(formatDuration(nanoseconds))).toBe(nanoseconds);
      }),
    );
  });
});

describe('sizes', () => {
  it.each([
    ['5 GB', 5_000_000_000n],
    ['10GiB', 10_737_418_240n],
    ['1,000kb', 1_000_000n],
    ['1.5 TiB', 1_649_267_441_664n],
    ['4096', 4096n],
    ['1k', 1000n],
  ])('%s are %s bytes', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  it.each(['', 'x', '50%', '1ib', '1 zb', '99999999999999999999', '-1'])('%j is none', (text) => {
    expect(parseBytes(text)).toBeUndefined();
  });

  it('of partitions have a unit where it says all of them', () => {
    expect(formatDiskSize(5_000_000_000n)).toBe('5.0 GB');
    expect(formatDiskSize(1_073_741_824n)).toBe(1_073_741_824n);
    expect(formatDiskSize(123_456_789_000n)).toBe(123_456_789_000n);
  });

  it('may be shares, with what they leave free', () => {
    for (const text of ['80%', '-10%', '-10GiB', '0%', '100%']) expect(isSize(text)).toBe(true);
    for (const text of ['101%', '%', 'x%', '5 %%']) expect(isSize(text)).toBe(false);
  });
});

describe('addresses', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['FE80::1%eth0', 'fe80::1%eth0'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::ffff:1.2.3.4', '::ffff:1.2.3.4'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['1:0:3:4:5:6:7:8', '1:0:3:4:5:6:7:8'],
  ])('%s is %s', (text, canonical) => {
    expect(canonicalAddress(text)).toBe(canonical);
  });

  it.each([
    '',
    '010.0.0.1',
    '1.2.3',
    '256.0.0.1',
    '1::2::3',
    ':::',
    '12345::',
    '::1%',
    '1:2:3:4:5:6:7',
  ])('%j is none', (text) => {
    expect(canonicalAddress(text)).toBeUndefined();
  });

  it('have prefixes and ports', () => {
    expect(canonicalPrefix('2001:DB8::/32')).toBe('2001:db8::/32');
    for (const text of ['10.0.0.0', '10.0.0.0/33', '10.0.0.0/08', 'fe80::1%a/64']) {
      expect(canonicalPrefix(text)).toBeUndefined();
    }
    expect(canonicalAddressAndPort('[::1]:080')).toBe('[::1]:80');
    for (const text of ['::1:80', '10.0.0.1', '10.0.0.1:70000', '[10.0.0.1]:80', 'a:80']) {
      expect(canonicalAddressAndPort(text)).toBeUndefined();
    }
    expect(canonicalHardwareAddress('00ABcd')).toBe('00:ab:cd');
    expect(canonicalHardwareAddress('0')).toBeUndefined();
  });
});

describe('URLs', () => {
  it.each([
    ['HTTPS://M.example:5000/v2/', 'https://M.example:5000/v2/'],
    ['http://h/%7Ea?x=1#f', 'http://h/%7Ea?x=1#f'],
    ['http://h/a b', 'http://h/a%20b'],
    ['https:/a', 'https:/a'],
    ['https:///a', 'https:///a'],
    ['http://[::1]:80', 'http://[::1]:80'],
    ['http://u:p@h', 'http://u:p@h'],
    ['10.5.0.2', '10.5.0.2'],
  ])('%s is written %s', (text, canonical) => {
    expect(canonicalUrl(text)).toBe(canonical);
  });

  it.each(['1.2.3.4:6443', 'http://h:x/', 'http://h/%zz', 'http://a b/', ':a', 'http://h\u0000'])(
    '%j is none',
    (text) => {
      expect(canonicalUrl(text)).toBeUndefined();
    },
  );
});
