import { expect, it } from 'vitest';
import {
  decodeBase64,
  endpointTrouble,
  hostPortTrouble,
  prefixTrouble,
  quote,
} from '../../../src/machine-config/validate/words.js';

it.each([
  ['no', 0],
  ['abcd=', 4],
  ['ab-d', 2],
  ['abcde', 4],
  ['ab=', 3],
  ['ab==c', 4],
  ['a===', 1],
  ['abc=d', 4],
  ['=', 0],
  ['abcda-', 5],
  ['l\nm\n', 2],
])('Go finds the fault of the base64 %j at byte %d', (text, at) => {
  expect(decodeBase64(text)).toEqual({ trouble: `illegal base64 data at input byte ${at}` });
});

it.each([
  ['', 0],
  ['YQ==', 1],
  ['YWI=', 2],
  ['YW\nJj', 3],
])('the base64 %j stands for %d bytes', (text, length) => {
  expect(decodeBase64(text)).toEqual({ length });
});

it('endpoints, hosts and networks are judged as by Go', () => {
  expect(endpointTrouble('https://10.5.0.2:6443')).toBeUndefined();
  expect(endpointTrouble('10.5.0.2')).toBe('hostname must not be blank');
  expect(endpointTrouble('https://a:70000')).toBe('port number must be between 1 and 65535');
  expect(hostPortTrouble('a:1')).toBeUndefined();
  expect(hostPortTrouble('[::1]:1')).toBeUndefined();
  expect(hostPortTrouble('')).toBe('missing port in address');
  expect(hostPortTrouble('a')).toBe('address a: missing port in address');
  expect(hostPortTrouble('::1:1')).toBe('address ::1:1: too many colons in address');
  expect(prefixTrouble('10.0.0.0/8')).toBeUndefined();
  expect(prefixTrouble('10.0.0.0')).toBe(`netip.ParsePrefix("10.0.0.0"): no '/'`);
  expect(quote('a"\n\u0001')).toBe('"a\\"\\n\\x01"');
});
