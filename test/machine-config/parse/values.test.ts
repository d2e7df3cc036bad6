import { describe, expect, it } from 'vitest';
import {
  createMachineConfig,
  formatMachineConfig,
  MachineConfig,
  type MachineConfigDocument,
  parseMachineConfig,
  Timestamp,
} from '../../../src/machine-config/index.js';

function only(kind: string, rest: string): Record<string, unknown> {
  const config = parseMachineConfig(`apiVersion: v1alpha1\nkind: ${kind}\n${rest}`);
  return config.documents[0] as unknown as Record<string, unknown>;
}

describe('values', () => {
  it('texts are texts, whatever they look like', () => {
    const { params } = only(
      'SysctlConfig',
      'params: {a: 1, b: true, c: 0x10, d: ~, e: "4", f: 1e3}',
    );
    expect(params).toEqual({ a: '1', b: 'true', c: '0x10', d: '', e: '4', f: '1e3' });
  });

  it('words of YAML 1.1 are true and false where those are due', () => {
    for (const word of ['yes', 'on', 'Y', 'TRUE', '"yes"']) {
      expect(only('ZswapConfig', `shrinkerEnabled: ${word}`).shrinkerEnabled).toBe(true);
    }
    for (const word of ['no', 'Off', 'n', 'False']) {
      expect(only('ZswapConfig', `shrinkerEnabled: ${word}`).shrinkerEnabled).toBe(false);
    }
  });

  it('durations, addresses and words are as Talos writes them', () => {
    expect(only('OOMConfig', 'sampleInterval: 90s').sampleInterval).toBe('1m30s');
    expect(only('DHCPv4Config', 'name: a\nduidRaw: "00:AB:cd"').duidRaw).toBe('00:ab:cd');
    expect(only('BondConfig', 'name: b\nbondMode: ACTIVE-BACKUP\nlinks: []').bondMode).toBe(
      'active-backup',
    );
    expect(only('RoutingRuleConfig', 'name: "1"\ntable: 100\nsrc: 2001:DB8::/32').src).toBe(
      '2001:db8::/32',
    );
  });

  it('null is left out of lists of texts, and is an empty text in maps of them', () => {
    const config = parseMachineConfig('machine: {certSANs: [a, ~, b], sysctls: {k: ~}}');
    expect(config.v1alpha1?.machine).toEqual({ certSANs: ['a', 'b'], sysctls: { k: '' } });
  });

  it('flags are one text or several, and null where they have no value', () => {
    const { extraArgs } = only(
      'KubeAPIServerConfig',
      'image: i\nextraArgs: {v: 4, on: true, list: [a, 1], empty: "", none: ~}',
    );
    expect(extraArgs).toEqual({ v: '4', on: 'true', list: ['a', '1'], empty: null, none: null });
  });

  it('free values keep their kinds, and integers that a number cannot hold', () => {
    const { pod } = only(
      'KubeStaticPodConfig',
      'name: p\npod: {a: 1, b: 1.5, c: 9007199254740993, d: 2026-01-02, e: ~, f: [y, "1"], g: {h: on}}',
    );
    expect(pod).toEqual({
      a: 1,
      b: 1.5,
      c: 9007199254740993n,
      d: new Timestamp('2026-01-02T00:00:00Z'),
      e: null,
      f: ['y', '1'],
      g: { h: 'on' },
    });
    expect(JSON.stringify({ d: (pod as { d: Timestamp }).d })).toBe('{"d":"2026-01-02T00:00:00Z"}');
  });

  it('aliases and merge keys stand for what they name', () => {
    const text = `base: &base {a: "1", b: "2"}
machine:
  sysctls: {<<: *base, b: "3"}
  nodeLabels: *base
`;
    expect(() => parseMachineConfig(text)).toThrow(/has no key base/);
    const config = parseMachineConfig(
      'machine: {sysctls: &s {a: "1", b: "2"}, nodeLabels: {<<: *s, b: "3"}}',
    );
    expect(config.v1alpha1?.machine?.nodeLabels).toEqual({ a: '1', b: '3' });
  });

  it('__proto__ is a key like others', () => {
    const { params } = only('SysctlConfig', 'params: {__proto__: x, constructor: y}') as {
      params: object;
    };
    expect(Object.keys(params).sort()).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(params)).toBe(Object.prototype);
    expect(({} as { x?: unknown }).x).toBeUndefined();
    const config = parseMachineConfig('machine: {sysctls: {__proto__: x}}');
    expect(formatMachineConfig(config)).toContain('        __proto__: x\n');
  });

  it('documents are frozen, with all that is in them', () => {
    const config = parseMachineConfig('machine: {certSANs: [a], sysctls: {a: b}}');
    const machine = config.v1alpha1?.machine as unknown as Record<string, unknown>;
    expect(() => (machine.certSANs as string[]).push('b')).toThrow(TypeError);
    expect(() => Object.assign(machine, { type: 'worker' })).toThrow(TypeError);
  });
});

describe('the configuration', () => {
  const text = `# first
version: v1alpha1 # of old
machine:
    type: worker
---
apiVersion: v1alpha1
kind: VolumeConfig
name: EPHEMERAL
# in between
---
---
# only words
---
apiVersion: v1alpha1
kind: VolumeConfig
name: STATE
...
# the end
`;

  it('gives documents by kind and name', () => {
    const config = parseMachineConfig(text);
    expect(config.v1alpha1?.machine?.type).toBe('worker');
    expect(config.get('VolumeConfig', 'STATE')?.name).toBe('STATE');
    expect(config.get('VolumeConfig', 'none')).toBeUndefined();
    expect(config.get('VolumeConfig')?.name).toBe('EPHEMERAL');
    expect(config.all('VolumeConfig').map(({ name }) => name)).toEqual(['EPHEMERAL', 'STATE']);
    expect(config.get('BondConfig')).toBeUndefined();
  });

  it.each([
    text,
    text.replaceAll('\n', '\r\n'),
    'machine: {}',
    '---\nmachine: {}\n',
    '\ufeffmachine: {}',
  ])('keeps comments and order byte for byte (%#)', (given) => {
    expect(parseMachineConfig(given).toString()).toBe(given);
  });

  it('ends a text before the next document begins', () => {
    const [old] = parseMachineConfig('machine: {type: worker}').entries;
    const [other] = parseMachineConfig('# own\ncluster: {}').entries;
    const made = MachineConfig.of([old, other].flatMap((entry) => entry ?? []));
    expect(made.toString()).toBe('machine: {type: worker}\n---\n# own\ncluster: {}');
  });

  it('puts separators between documents that are put together anew', () => {
    const { entries } = parseMachineConfig(text);
    const turned = MachineConfig.of([...entries].reverse());
    expect(formatMachineConfig(parseMachineConfig(turned.toString()))).toBe(
      formatMachineConfig(turned),
    );
    const made = createMachineConfig([
      { apiVersion: 'v1alpha1', kind: 'HostnameConfig', auto: 'stable' },
      { apiVersion: 'v1alpha1', kind: 'UdevRulesConfig', rules: ['a'] },
    ]);
    expect(parseMachineConfig(made.toString()).documents).toEqual(made.documents);
  });
});

describe('documents that are objects', () => {
  it('are checked as texts are, without places', () => {
    const wrong = [
      { apiVersion: 'v1alpha1', kind: 'BondConfig', name: 'b', links: 'a', mtu: '1500' },
    ] as unknown as MachineConfigDocument[];
    expect(() => createMachineConfig(wrong)).toThrow(
      'machine configuration with 2 problems:\n  BondConfig/b: links: must be a list\n  BondConfig/b: mtu: must be an integer from 0 to 4294967295',
    );
  });

  it('may leave out what is undefined', () => {
    const config = createMachineConfig([
      { apiVersion: 'v1alpha1', kind: 'HostnameConfig', auto: undefined, hostname: 'a' },
    ]);
    expect(formatMachineConfig(config)).toBe(
      'apiVersion: v1alpha1\nkind: HostnameConfig\nhostname: a\n',
    );
  });

  it('are refused when they hold themselves, functions or instances, or are none', () => {
    const loop: Record<string, unknown> = { machine: {} };
    loop.machine = loop;
    for (const value of [loop, { machine: () => {} }, { machine: new Map() }, null, 'text', [[]]]) {
      expect(() => createMachineConfig([value] as never)).toThrow(/machine configuration: /);
    }
    expect(() => createMachineConfig('text' as never)).toThrow(/a list of documents/);
    expect(() => parseMachineConfig(Buffer.from('x') as never)).toThrow(/must be a text/);
  });
});
