import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DiscoveredVolume } from '../../generated/cosi/kinds/block.js';
import { MachineConfig, MachineType } from '../../generated/cosi/kinds/config.js';
import { RegistryConfig } from '../../generated/cosi/kinds/cri.js';
import { EtcdSpec } from '../../generated/cosi/kinds/etcd.js';
import { AddressStatus, LinkSpec } from '../../generated/cosi/kinds/network.js';
import { MachineStatus } from '../../generated/cosi/kinds/runtime.js';
import type { Resource as WireResource } from '../../generated/features/resources.js';
import { isTombstone, resourceDecoder } from '../../src/cosi/decode-resource.js';
import type { AnyKind } from '../../src/cosi/kind.js';
import { addressText } from '../../src/cosi/spec/addresses.js';
import { timeText, timeTextOf } from '../../src/cosi/spec/time.js';
import { urlText } from '../../src/cosi/spec/url.js';
import { TalosProtocolError } from '../../src/runtime/errors/protocol-error.js';
import { kindOf, officialSpecs, wireOf } from './official-specs.js';

function wire(yaml: string, proto = new Uint8Array()): WireResource {
  const base = wireOf({ type: 'any', yaml });
  return { ...base, spec: { protoSpec: proto, yamlSpec: yaml } };
}

function fromYaml<K extends AnyKind>(kind: K, yaml: string): unknown {
  return resourceDecoder(kind, undefined)(wire(yaml)).spec;
}

/** Field 1 as a number, field 2 as a message: what another release may mean by something else. */
const otherNumbers = Uint8Array.from([8, 4, 18, 2, 8, 1]);

describe('the release of the node', () => {
  const yaml = 'stage: booting\nstatus:\n    ready: false\n    unmetConditions: []\n';

  it.each([undefined, '1.13', '1.15', '1.9'])('%s: the protobuf is not looked at', (release) => {
    const { spec } = resourceDecoder(MachineStatus, release)(wire(yaml, otherNumbers));
    expect(spec).toEqual({ stage: 'booting', status: { ready: false, unmetConditions: [] } });
  });

  it('of the contract: the protobuf is read', () => {
    const { spec } = resourceDecoder(MachineStatus, '1.14')(wire(yaml, otherNumbers));
    expect(spec).toEqual({ stage: 'running', status: { ready: true, unmetConditions: [] } });
  });

  it('an empty protobuf says nothing', () => {
    expect(resourceDecoder(MachineStatus, '1.14')(wire(yaml)).spec.stage).toBe('booting');
  });
});

describe('YAML of older releases', () => {
  it('a mirror was its endpoint alone', () => {
    const yaml = 'mirrors:\n    docker.io:\n        endpoints:\n            - https://a\n';
    expect(fromYaml(RegistryConfig, yaml)).toMatchObject({
      registryMirrors: {
        'docker.io': {
          mirrorEndpoints: [{ endpointEndpoint: 'https://a', endpointOverridePath: false }],
        },
      },
    });
  });

  it('an argument had one value', () => {
    expect(fromYaml(EtcdSpec, 'extraArgs:\n    a: x\n    b: [y, z]\n')).toMatchObject({
      extraArgs: { a: ['x'], b: ['y', 'z'] },
    });
  });

  it('a key that was misspelled is found', () => {
    expect(fromYaml(DiscoveredVolume, 'dev_dath: /dev/sda\n')).toMatchObject({
      devPath: '/dev/sda',
    });
    expect(fromYaml(DiscoveredVolume, 'dev_path: /dev/sdb\n')).toMatchObject({
      devPath: '/dev/sdb',
    });
  });

  it('what they do not have is zero, and keys that nobody knows are passed over', () => {
    expect(fromYaml(MachineStatus, 'news: 1\n')).toEqual({
      stage: 'unknown',
      status: { ready: false, unmetConditions: [] },
    });
  });
});

describe('specs that are no plain structure', () => {
  it('the type of a machine is a word', () => {
    expect(fromYaml(MachineType, 'controlplane\n')).toBe('controlplane');
  });

  it('a machine configuration is text in YAML where it says so, and itself where it does not', () => {
    const text = 'version: v1alpha1\nmachine: {}\n---\nkind: X\n';
    const old = wire(text);
    expect(resourceDecoder(MachineConfig, '1.14')(old).spec).toBe(text);
    const marked = wire(JSON.stringify(text));
    (marked.metadata as { annotations: object }).annotations = { 'talos.dev/yaml-spec': '1' };
    expect(resourceDecoder(MachineConfig, '1.14')(marked).spec).toBe(text);
  });

  it('keys of an inlined structure stand among those of the other', () => {
    expect(fromYaml(LinkSpec, 'name: eth0\nmasterName: bond0\n')).toMatchObject({
      name: 'eth0',
      bondSlave: { masterName: 'bond0' },
    });
    expect(fromYaml(LinkSpec, 'name: eth0\n')).toMatchObject({ bondSlave: undefined });
  });

  it('a kind that is not known is data with the keys of its YAML', () => {
    const kind = { type: 'New.talos.dev', namespace: 'x', aliases: [], sensitive: false };
    const yaml =
      'a_b: 1\nlist: [true, null, "1", x]\n__proto__: {y: 1.5}\ntime: 2026-01-01T00:00:00Z\n';
    const spec = fromYaml(kind, yaml) as Record<string, unknown>;
    expect(Object.keys(spec)).toEqual(['a_b', 'list', '__proto__', 'time']);
    expect(JSON.stringify(spec)).toBe(
      '{"a_b":1,"list":[true,null,"1","x"],"__proto__":{"y":1.5},"time":"2026-01-01T00:00:00Z"}',
    );
    expect(Object.getPrototypeOf(spec)).toBe(Object.prototype);
  });
});

describe('a spec that does not fit', () => {
  it.each([
    [MachineStatus, 'status: {ready: perhaps}', /status\.ready: expected bool$/],
    [MachineStatus, 'status: [1]', /status: expected a mapping$/],
    [MachineStatus, 'stage: [x]', /stage: expected a word$/],
    [AddressStatus, 'address: 10.0.0.300/8', /address: expected prefix$/],
    [AddressStatus, 'linkIndex: -1', /linkIndex: expected uint32$/],
    [AddressStatus, 'linkIndex: 4294967296', /linkIndex: expected uint32$/],
    [AddressStatus, 'linkIndex: 1.5', /linkIndex: expected uint32$/],
    [MachineStatus, 'status: &a {ready: true}\nstage: *a', /stage: expected no alias$/],
    [MachineStatus, 'stage: "', /the spec: expected YAML$/],
  ])('is refused with its place: %#', (kind, yaml, message) => {
    const read = () => fromYaml(kind, yaml);
    expect(read).toThrow(TalosProtocolError);
    expect(read).toThrow(message);
  });

  it('shows no value of it', () => {
    expect(() => fromYaml(AddressStatus, 'address: s3cret')).not.toThrow(/s3cret/);
  });

  it('is refused, and nothing else happens, whatever the bytes are', () => {
    const specs = officialSpecs('v1.14');
    fc.assert(
      fc.property(
        fc.nat(specs.length - 1),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (index, edits) => {
          const spec = specs[index];
          if (spec === undefined) return;
          const { protoSpec = new Uint8Array() } = wireOf(spec).spec ?? {};
          const bytes = Uint8Array.from(protoSpec);
          for (const [at, byte] of edits) if (bytes.length > 0) bytes[at % bytes.length] = byte;
          onlyRefuses(() => resourceDecoder(kindOf(spec), '1.14')(wire(spec.yaml, bytes)));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('is refused, and nothing else happens, whatever the text is', () => {
    const specs = officialSpecs('v1.14');
    fc.assert(
      fc.property(
        fc.nat(specs.length - 1),
        fc.array(fc.tuple(fc.nat(), fc.constantFrom(...'\n :-[]{}"\'&*!|>%@`#,?0a~é\t')), {
          minLength: 1,
          maxLength: 4,
        }),
        (index, edits) => {
          const spec = specs[index];
          if (spec === undefined) return;
          const text = [...spec.yaml];
          for (const [at, char] of edits) text[at % text.length] = char;
          onlyRefuses(() => resourceDecoder(kindOf(spec), undefined)(wire(text.join(''))));
        },
      ),
      { numRuns: 1000 },
    );
  });
});

function onlyRefuses(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(TalosProtocolError);
  }
}

describe('metadata', () => {
  it('is flat, frozen, and exact to the nanosecond', () => {
    const { metadata } = resourceDecoder(
      MachineType,
      undefined,
    )({
      metadata: {
        namespace: 'config',
        type: 'MachineTypes.config.talos.dev',
        id: 'machine-type',
        version: '3',
        owner: 'config.MachineTypeController',
        phase: 'tearingDown',
        created: { seconds: 1_767_225_600n, nanos: 123_456_789 },
        updated: { seconds: 1_767_225_600n, nanos: 500_000_000 },
        finalizers: ['f'],
        labels: { a: 'b' },
        annotations: {},
      },
      spec: { protoSpec: new Uint8Array(), yamlSpec: 'worker' },
    });
    expect(metadata).toEqual({
      namespace: 'config',
      type: 'MachineTypes.config.talos.dev',
      id: 'machine-type',
      version: '3',
      owner: 'config.MachineTypeController',
      phase: 'tearingDown',
      created: '2026-01-01T00:00:00.123456789Z',
      updated: '2026-01-01T00:00:00.5Z',
      finalizers: ['f'],
      labels: { a: 'b' },
      annotations: {},
    });
    for (const part of [metadata, metadata.labels, metadata.finalizers]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  it('tells a tombstone', () => {
    const { metadata } = wire('x');
    expect(isTombstone(wire('x'))).toBe(false);
    expect(
      isTombstone({ metadata: metadata && { ...metadata, version: 'undefined' }, spec: undefined }),
    ).toBe(true);
  });
});

describe('texts of values', () => {
  it.each([
    [[10, 5, 0, 2], '10.5.0.2'],
    [[], ''],
    [[...new Array(15).fill(0), 1], '::1'],
    [[0xfe, 0x80, ...new Array(13).fill(0), 1, ...Buffer.from('eth0')], 'fe80::1%eth0'],
    [[...new Array(10).fill(0), 255, 255, 1, 2, 3, 4], '::ffff:1.2.3.4'],
    [[1, 2, 3], undefined],
  ])('address %j', (bytes, text) => {
    expect(addressText(Uint8Array.from(bytes))).toBe(text);
  });

  it.each([
    [{ seconds: 0n, nanos: 0 }, '1970-01-01T00:00:00Z'],
    [{ seconds: -1n, nanos: 1 }, '1969-12-31T23:59:59.000000001Z'],
    [{ seconds: -62_135_596_800n, nanos: 0 }, ''],
    [undefined, ''],
  ])('time %o', (time, text) => {
    expect(timeText(time)).toBe(text);
  });

  it.each([
    ['2026-01-01T02:00:00.25+02:00', '2026-01-01T00:00:00.25Z'],
    ['0001-01-01T00:00:00Z', ''],
    ['1969-12-31T23:59:59.5Z', '1969-12-31T23:59:59.5Z'],
    ['yesterday', undefined],
  ])('time %s in YAML', (yaml, text) => {
    expect(timeTextOf(yaml)).toBe(text);
  });

  it.each([
    [
      { scheme: 'https', host: 'a:1', path: '/p q', rawquery: 'x=1', fragment: 'f' },
      'https://a:1/p%20q?x=1#f',
    ],
    [{ scheme: 'x', opaque: 'y' }, 'x:y'],
    [{ path: '/only' }, '/only'],
    [
      { scheme: 'udp', host: 'h', path: '/ x', rawpath: '/%20x', forcequery: 'true' },
      'udp://h/%20x?',
    ],
  ])('URL %j', (parts, text) => {
    expect(urlText(parts as Record<string, string>)).toBe(text);
  });
});
