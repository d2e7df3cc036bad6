import { describe, expect, it } from 'vitest';
import { mergeStruct } from '../../../src/machine-config/patch/merge-values.js';
import { PatchFailure } from '../../../src/machine-config/patch/patch-failure.js';
import { structureOf } from '../../../src/machine-config/structure/structure.js';
import type { DataMap } from '../../../src/machine-config/values.js';

function merge(kind: string, left: DataMap, right: DataMap): DataMap {
  const structure = structureOf(kind);
  if (structure === undefined) throw new Error(`no kind ${kind}`);
  return mergeStruct(left, right, structure, []);
}

const v1alpha1 = (left: DataMap, right: DataMap) => merge('v1alpha1', left, right);

describe('what a patch says wins, but for what Talos cannot tell from absent:', () => {
  it.each<[string, string, DataMap, DataMap, DataMap]>([
    ['a text', 'HostnameConfig', { hostname: 'a' }, { hostname: 'b' }, { hostname: 'b' }],
    [
      'an empty text changes nothing',
      'HostnameConfig',
      { hostname: 'a' },
      { hostname: '' },
      { hostname: 'a' },
    ],
    [
      'null changes nothing',
      'HostnameConfig',
      { hostname: 'a' },
      { hostname: null },
      { hostname: 'a' },
    ],
    ['null for a boolean changes nothing', 'LinkConfig', { up: true }, { up: null }, { up: true }],
    ['zero changes nothing', 'BondConfig', { mtu: 1500 }, { mtu: 0 }, { mtu: 1500 }],
    ['zero behind a pointer wins', 'BondConfig', { miimon: 100 }, { miimon: 0 }, { miimon: 0 }],
    [
      'the first word behind a pointer wins',
      'BondConfig',
      { bondMode: '802.3ad' },
      { bondMode: 'balance-rr' },
      { bondMode: 'balance-rr' },
    ],
    [
      'the first word elsewhere changes nothing',
      'UserVolumeConfig',
      { encryption: { provider: 'luks2' } },
      { encryption: { provider: 'none' } },
      { encryption: { provider: 'luks2' } },
    ],
    ['false wins', 'LinkConfig', { up: true }, { up: false }, { up: false }],
    [
      'a duration',
      'OOMConfig',
      { sampleInterval: '1s' },
      { sampleInterval: '2s' },
      { sampleInterval: '2s' },
    ],
    [
      'a duration of nothing changes nothing',
      'OOMConfig',
      { sampleInterval: '1s' },
      { sampleInterval: '0h0m' },
      { sampleInterval: '1s' },
    ],
    [
      'an address',
      'RoutingRuleConfig',
      { src: '10.0.0.0/8' },
      { src: '10.1.0.0/16' },
      { src: '10.1.0.0/16' },
    ],
    [
      'what the patch leaves out',
      'VolumeConfig',
      { provisioning: { diskSelector: { match: 'true' }, minSize: '1GB' } },
      { provisioning: { grow: true } },
      { provisioning: { diskSelector: { match: 'true' }, minSize: '1GB', grow: true } },
    ],
    [
      'an expression that the patch leaves out',
      'OOMConfig',
      { triggerExpression: 'true' },
      { sampleInterval: '2s' },
      { triggerExpression: 'true', sampleInterval: '2s' },
    ],
    [
      'a list is appended, duplicates stay',
      'BondConfig',
      { links: ['a'] },
      { links: ['a', 'b'] },
      { links: ['a', 'a', 'b'] },
    ],
    [
      'an empty list changes nothing',
      'BondConfig',
      { links: ['a'] },
      { links: [] },
      { links: ['a'] },
    ],
    [
      'a list that is replaced',
      'NetworkRuleConfig',
      { ingress: [{ subnet: '10.0.0.0/8' }] },
      { ingress: [{ subnet: '11.0.0.0/8' }] },
      { ingress: [{ subnet: '11.0.0.0/8' }] },
    ],
    [
      'an empty list replaces it too',
      'NetworkRuleConfig',
      { ingress: [{ subnet: '10.0.0.0/8' }] },
      { ingress: [] },
      { ingress: [] },
    ],
    [
      'a map gets keys and values',
      'SysctlConfig',
      { params: { a: '1', b: '2' } },
      { params: { b: '3', c: '' } },
      { params: { a: '1', b: '3', c: '' } },
    ],
    [
      'an empty text changes no value of a map',
      'SysctlConfig',
      { params: { a: '1' } },
      { params: { a: '' } },
      { params: { a: '1' } },
    ],
    [
      'false changes a value of a map',
      'EthernetConfig',
      { features: { a: true } },
      { features: { a: false } },
      { features: { a: false } },
    ],
    [
      'flags are replaced key by key',
      'KubeSchedulerConfig',
      { extraArgs: { v: '1', w: ['a'] } },
      { extraArgs: { w: ['b'], v: null } },
      { extraArgs: { v: null, w: ['b'] } },
    ],
    [
      'a free mapping that is replaced',
      'KubeAuditPolicyConfig',
      { configuration: { a: 1 } },
      { configuration: { b: 2 } },
      { configuration: { b: 2 } },
    ],
    [
      'an empty free mapping replaces nothing',
      'KubeAuditPolicyConfig',
      { configuration: { a: 1 } },
      { configuration: {} },
      { configuration: { a: 1 } },
    ],
    [
      'a URL part by part',
      'KmsgLogConfig',
      { url: 'tcp://a:1/x?y=1' },
      { url: 'udp://b:2' },
      { url: 'udp://b:2/x?y=1' },
    ],
    [
      'an empty URL changes nothing',
      'KmsgLogConfig',
      { url: 'tcp://a:1' },
      { url: '' },
      { url: 'tcp://a:1' },
    ],
  ])('%s', (_, kind, left, right, merged) => {
    expect(merge(kind, left, right)).toEqual(merged);
  });

  it('half of a certificate and key keeps the other half', () => {
    const left = { machine: { ca: { crt: 'QQ==', key: 'QUI=' } } };
    expect(v1alpha1(left, { machine: { ca: { crt: 'QUFB' } } })).toEqual({
      machine: { ca: { crt: 'QUFB', key: 'QUI=' } },
    });
    expect(v1alpha1(left, { machine: { ca: { key: '' } } })).toEqual({
      machine: { ca: { crt: 'QQ==', key: '' } },
    });
  });

  it('an endpoint behind a pointer, which an empty one leaves alone', () => {
    const left = { cluster: { controlPlane: { endpoint: 'https://a:6443/x' } } };
    const right = (endpoint: string) => ({ cluster: { controlPlane: { endpoint } } });
    expect(v1alpha1(left, right('https://b:7443'))).toEqual(right('https://b:7443/x'));
    expect(v1alpha1(left, right('https://u:p@b/y'))).toEqual(right('https://u:p@b/y'));
    expect(v1alpha1(left, right(''))).toEqual(left);
  });
});

describe('lists with keys', () => {
  const interfaces = (...list: DataMap[]) => ({ machine: { network: { interfaces: list } } });

  it('find interfaces by name, else by their selector', () => {
    const left = interfaces(
      { interface: 'eth0', addresses: ['a'], vlans: [{ vlanId: 10, mtu: 1 }] },
      { deviceSelector: { busPath: '0*' }, mtu: 1 },
    );
    const right = interfaces(
      { interface: 'eth0', addresses: ['b'], vlans: [{ vlanId: 10, dhcp: true }, { vlanId: 11 }] },
      { deviceSelector: { driver: '', busPath: '0*' }, mtu: 2 },
      { deviceSelector: { busPath: '1*' }, mtu: 3 },
    );
    expect(v1alpha1(left, right)).toEqual(
      interfaces(
        {
          interface: 'eth0',
          addresses: ['a', 'b'],
          vlans: [{ vlanId: 10, mtu: 1, dhcp: true }, { vlanId: 11 }],
        },
        { deviceSelector: { driver: '', busPath: '0*' }, mtu: 2 },
        { deviceSelector: { busPath: '1*' }, mtu: 3 },
      ),
    );
  });

  it('never find selectors with a field behind a pointer', () => {
    const item = { deviceSelector: { busPath: '0*', physical: true } };
    expect(v1alpha1(interfaces(item), interfaces(item))).toEqual(interfaces(item, item));
  });

  it('find a selector that an item before in the patch has changed', () => {
    const left = interfaces({ interface: 'eth0', deviceSelector: { driver: 'a' } });
    const right = interfaces(
      { interface: 'eth0', deviceSelector: { driver: 'b' } },
      { deviceSelector: { driver: 'a' }, mtu: 1 },
      { deviceSelector: { driver: 'b' }, mtu: 2 },
    );
    expect(v1alpha1(left, right)).toEqual(
      interfaces(
        { interface: 'eth0', deviceSelector: { driver: 'b' }, mtu: 2 },
        { deviceSelector: { driver: 'a' }, mtu: 1 },
      ),
    );
  });

  it('find items without their key by that', () => {
    const files = (...configFiles: DataMap[]) => ({ configFiles });
    expect(
      merge(
        'ExtensionServiceConfig',
        files({ content: 'a' }),
        files({ content: 'b' }, { content: 'c', mountPath: '/c' }),
      ),
    ).toEqual(files({ content: 'b' }, { content: 'c', mountPath: '/c' }));
  });

  it('merge items of the patch among themselves, but not where the whole list is new', () => {
    const two = interfaces({ interface: 'e', mtu: 1 }, { interface: 'e', dhcp: true });
    expect(v1alpha1({ machine: { network: {} } }, two)).toEqual(
      interfaces({ interface: 'e', mtu: 1, dhcp: true }),
    );
    // The network is behind a pointer: where there is none, the one of the patch is taken whole.
    expect(v1alpha1({ machine: {} }, two)).toEqual(two);
  });

  it('replace rules of image verification, the last of the same image', () => {
    const rules = (...list: DataMap[]) => ({ rules: list });
    expect(
      merge(
        'ImageVerificationConfig',
        rules({ image: 'a', skip: true }, { image: 'a' }, { image: 'b' }),
        rules({ image: 'a', deny: true }, { image: 'c' }, { image: 'c', skip: true }),
      ),
    ).toEqual(
      rules(
        { image: 'a', skip: true },
        { image: 'a', deny: true },
        { image: 'b' },
        { image: 'c' },
        { image: 'c', skip: true },
      ),
    );
  });

  it('end in time with tens of thousands of items on both sides', () => {
    const many = (from: number) =>
      interfaces(
        ...Array.from({ length: 30_000 }, (_, index) => ({
          interface: `e${from + index}`,
          mtu: from + 1,
        })),
      );
    const merged = v1alpha1(many(0), many(15_000)) as ReturnType<typeof many>;
    expect(merged.machine.network.interfaces).toHaveLength(45_000);
    expect(merged.machine.network.interfaces[15_000]).toEqual({ interface: 'e15000', mtu: 15_001 });
  });
});

describe('free mappings', () => {
  const config = (extraConfig: DataMap) => ({ machine: { kubelet: { extraConfig } } });

  it('merge key by key, append lists, and ignore empty texts and zeros', () => {
    const left = config({ a: { b: 1, t: true }, l: [1], s: 'x', n: null });
    const right = config({ a: { b: 0, t: false, c: '' }, l: [2], s: '', n: 3, z: 0 });
    expect(v1alpha1(left, right)).toEqual(
      config({ a: { b: 1, t: false, c: '' }, l: [1, 2], s: 'x', n: 3, z: 0 }),
    );
  });

  it.each<[unknown, unknown, string]>([
    [{ b: 1 }, 3, 'left mapping right integer'],
    [1, 2.5, 'left integer right fraction'],
    ['x', null, 'left text right null'],
    [[1], { 0: 1 }, 'left list right mapping'],
  ])('refuse %j and %j', (left, right, reason) => {
    expect(() => v1alpha1(config({ a: left }), config({ a: right }))).toThrow(
      new PatchFailure(
        `merge type mismatch at 'machine.kubelet.extraConfig.a': ${reason}; ` +
          'delete the key with $patch: delete in a patch before this one',
      ),
    );
  });

  it('take __proto__ for a key', () => {
    const hostile = JSON.parse('{"__proto__":{"polluted":true}}') as DataMap;
    const merged = v1alpha1(config({ a: 1 }), config(hostile));
    expect(JSON.stringify(merged)).toBe(
      '{"machine":{"kubelet":{"extraConfig":{"a":1,"__proto__":{"polluted":true}}}}}',
    );
    expect(({} as DataMap).polluted).toBeUndefined();
  });
});

it('neither the configuration nor the patch changes', () => {
  const left = { machine: { certSANs: ['a'], sysctls: { a: '1' } } };
  const right = {
    machine: { certSANs: ['b'], sysctls: { b: '2' }, kubelet: { extraConfig: { x: [1] } } },
  };
  const before = structuredClone([left, right]);
  const merged = v1alpha1(left, right) as typeof right;
  merged.machine.kubelet.extraConfig.x.push(2);
  expect([left, right]).toEqual(before);
});
