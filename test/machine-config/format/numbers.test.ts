import { expect, it } from 'vitest';
import { formatMachineConfig, parseMachineConfig } from '../../../src/machine-config/index.js';

function written(value: string): string {
  const text = `apiVersion: v1alpha1\nkind: KubeStaticPodConfig\nname: p\npod: {v: ${value}}\n`;
  return formatMachineConfig(parseMachineConfig(text)).split('v: ')[1]?.trimEnd() ?? '';
}

it.each([
  ['9223372036854775807', '9223372036854775807'],
  ['18446744073709551615', '18446744073709551615'],
  ['18446744073709551616', '1.8446744073709552e+19'],
  ['-9223372036854775808', '-9223372036854775808'],
  ['1.5', '1.5'],
  ['1234567.5', '1.2345675e+06'],
  ['0.00001', '1e-05'],
  ['.inf', '.inf'],
  ['-.INF', '-.inf'],
  ['.NaN', '.nan'],
  ['-0', '-0'],
  ['0b101', '5'],
  ['017', '15'],
  ['2026-1-2', '2026-01-02T00:00:00Z'],
  ['2026-01-02T03:04:05.500+02:00', '2026-01-02T03:04:05.5+02:00'],
  ['2026-02-30', '2026-02-30'],
])('the free value %s is written %s', (value, due) => {
  expect(written(value)).toBe(due);
});

it('64-bit numbers of documents keep every digit', () => {
  const text = `apiVersion: v1alpha1
kind: SwapVolumeConfig
name: s
encryption:
    provider: luks2
    keys: []
    blockSize: 18446744073709551615
`;
  const config = parseMachineConfig(text);
  expect(config.get('SwapVolumeConfig')?.encryption?.blockSize).toBe(18446744073709551615n);
  expect(formatMachineConfig(config)).toBe(text);
});
