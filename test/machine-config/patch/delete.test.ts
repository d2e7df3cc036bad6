import { describe, expect, it } from 'vitest';
import {
  MachineConfigError,
  parseMachineConfig,
  patchMachineConfig,
} from '../../../src/machine-config/index.js';

const head = 'apiVersion: v1alpha1\nkind: ';

/** What a patch makes of a text, or why it is refused. */
function patched(text: string, patch: string): unknown {
  try {
    return patchMachineConfig(parseMachineConfig(text), [patch]).documents;
  } catch (error) {
    if (error instanceof MachineConfigError) return error.problems[0]?.message;
    throw error;
  }
}

const machine = (fields: string) => `machine: {type: worker, ${fields}}\n`;
const deleting = (path: string) => {
  const keys = path.split('.');
  return `${keys.map((key) => `{${key}: `).join('')}{$patch: delete}${'}'.repeat(keys.length)}\n`;
};
const failed = (path: string, reason: string) =>
  `patch delete: path '${path}' in document '/v1alpha1': failed to delete path '${path}': ${reason}`;

describe('a deletion takes away', () => {
  it.each<[string, string, string, object]>([
    ['a field', 'token: a.b', 'machine.token', {}],
    ['a field that is absent', '', 'machine.token', {}],
    ['a structure', 'kubelet: {image: x}', 'machine.kubelet', {}],
    ['a list', 'certSANs: [a]', 'machine.certSANs', {}],
    ['a key of a map', 'sysctls: {a: "1", b: "2"}', 'machine.sysctls.a', { sysctls: { b: '2' } }],
    ['the only key of a map', 'sysctls: {a: "1"}', 'machine.sysctls.a', { sysctls: {} }],
    [
      'a flag',
      'kubelet: {extraArgs: {v: "1", w: x}}',
      'machine.kubelet.extraArgs.v',
      { kubelet: { extraArgs: { w: 'x' } } },
    ],
    [
      'a key of a free mapping',
      'kubelet: {extraConfig: {a: {b: 1, c: 2}}}',
      'machine.kubelet.extraConfig.a.b',
      { kubelet: { extraConfig: { a: { c: 2 } } } },
    ],
  ])('%s', (_, fields, path, left) => {
    expect(patched(machine(fields), deleting(path))).toEqual([
      { machine: { type: 'worker', ...left } },
    ]);
  });

  it('a field in a structure that is no pointer, and is there although it is absent', () => {
    const volume = `${head}VolumeConfig\nname: EPHEMERAL\n`;
    expect(
      patched(volume, `${volume}provisioning: {diskSelector: {match: {$patch: delete}}}\n`),
    ).toEqual([{ apiVersion: 'v1alpha1', kind: 'VolumeConfig', name: 'EPHEMERAL' }]);
  });

  it('the first item that the first field beside the directive finds', () => {
    const files = (list: string) =>
      `${head}ExtensionServiceConfig\nname: e\nconfigFiles: ${list}\n`;
    expect(
      patched(
        files(
          '[{content: a, mountPath: /x}, {content: b, mountPath: /y}, {content: c, mountPath: /x}]',
        ),
        files('[{$patch: delete, mountPath: /x, content: b}]'),
      ),
    ).toEqual(
      parseMachineConfig(files('[{content: b, mountPath: /y}, {content: c, mountPath: /x}]'))
        .documents,
    );
  });

  it('several items, each by its own text', () => {
    const links = (list: string) => `machine: {network: {interfaces: ${list}}}\n`;
    expect(
      patched(
        links('[{interface: a}, {interface: b}, {interface: c}]'),
        links('[{interface: c, $patch: delete}, {interface: a, $patch: delete}, {interface: d}]'),
      ),
    ).toEqual(parseMachineConfig(links('[{interface: b}, {interface: d}]')).documents);
  });

  it('an item by a URL or an address', () => {
    const link = (routes: string) => `${head}LinkConfig\nname: l\nroutes: ${routes}\n`;
    expect(
      patched(
        link('[{gateway: 10.0.0.1}, {gateway: 10.0.0.2}]'),
        link('[{gateway: 10.0.0.1, $patch: delete}]'),
      ),
    ).toEqual(parseMachineConfig(link('[{gateway: 10.0.0.2}]')).documents);
  });

  it('a document, and leaves one of another name', () => {
    const link = (name: string) => `${head}LinkConfig\nname: ${name}\n`;
    expect(patched(`${link('a')}---\n${link('b')}`, `${link('a')}$patch: delete\n`)).toEqual(
      parseMachineConfig(link('b')).documents,
    );
  });

  it('nothing for a name that is missing or too much', () => {
    const both = `${head}LinkConfig\nname: a\n---\n${head}HostnameConfig\nhostname: h\n`;
    const all = parseMachineConfig(both).documents;
    expect(patched(both, `${head}LinkConfig\n$patch: delete\n`)).toEqual(all);
    expect(patched(both, `${head}HostnameConfig\nname: a\n$patch: delete\n`)).toEqual(all);
    expect(patched(both, `${head}LinkConfig\nname: b\nmtu: {$patch: delete}\n`)).toEqual([
      ...all,
      { apiVersion: 'v1alpha1', kind: 'LinkConfig', name: 'b' },
    ]);
  });

  it('first, wherever it stands in its document', () => {
    expect(
      patched(
        machine('certSANs: [a], sysctls: {a: "1"}'),
        'machine:\n  certSANs: [b]\n  sysctls: {$patch: delete}\n',
      ),
    ).toEqual([{ machine: { type: 'worker', certSANs: ['a', 'b'] } }]);
  });
});

describe('a deletion is refused', () => {
  it.each<[string, string, string, string]>([
    [
      'of a field that no structure has',
      '',
      deleting('machine.nope'),
      failed('machine.nope', 'lookup failed'),
    ],
    [
      'below a missing pointer',
      '',
      deleting('machine.time.disabled'),
      failed('machine.time.disabled', 'lookup failed'),
    ],
    [
      'of a missing key',
      'sysctls: {a: "1"}',
      deleting('machine.sysctls.b'),
      failed('machine.sysctls.b', 'lookup failed'),
    ],
    [
      'of a key in a missing map',
      '',
      deleting('machine.sysctls.b'),
      failed('machine.sysctls.b', 'lookup failed'),
    ],
    [
      'inside a flag',
      'kubelet: {extraArgs: {v: "1"}}',
      deleting('machine.kubelet.extraArgs.v.x'),
      failed('machine.kubelet.extraArgs.v.x', 'lookup failed'),
    ],
    [
      'inside a text',
      'token: a',
      deleting('machine.token.x'),
      failed('machine.token.x', 'lookup failed'),
    ],
    [
      'of __proto__',
      'kubelet: {extraConfig: {a: 1}}',
      deleting('machine.kubelet.extraConfig.__proto__'),
      failed('machine.kubelet.extraConfig.__proto__', 'lookup failed'),
    ],
    [
      'of a missing item',
      'network: {interfaces: [{interface: a}]}',
      'machine: {network: {interfaces: [{interface: b, $patch: delete}]}}',
      failed('machine.network.interfaces.[0]', 'lookup failed'),
    ],
    [
      'of an item by a number',
      'files: [{path: /a, permissions: 0o600}]',
      'machine: {files: [{permissions: 0o600, $patch: delete}]}',
      failed('machine.files.[0]', 'lookup failed'),
    ],
    [
      'of an item of a free list',
      'kubelet: {extraConfig: {l: [{a: b}]}}',
      'machine: {kubelet: {extraConfig: {l: [{a: b, $patch: delete}]}}}',
      failed('machine.kubelet.extraConfig.l.[0]', 'lookup failed'),
    ],
    [
      'of an item in an item',
      'network: {interfaces: [{interface: a, vlans: [{vlanId: 1}]}]}',
      'machine: {network: {interfaces: [{interface: a, vlans: [{vlanId: 1, $patch: delete}]}]}}',
      failed(
        'machine.network.interfaces.[0].vlans.[0]',
        'searching for complex paths in slices is not supported',
      ),
    ],
    [
      'of an item in an item of a list that is not there',
      'certSANs: []',
      'machine: {network: {interfaces: [{interface: a, vlans: [{vlanId: 1, $patch: delete}]}]}}',
      failed('machine.network.interfaces.[0].vlans.[0]', 'lookup failed'),
    ],
    [
      'of an item in an item of an empty list',
      'network: {interfaces: []}',
      'machine: {network: {interfaces: [{interface: a, vlans: [{vlanId: 1, $patch: delete}]}]}}',
      failed(
        'machine.network.interfaces.[0].vlans.[0]',
        'searching for complex paths in slices is not supported',
      ),
    ],
    [
      'of an item in an item, of a list that was never given',
      'certSANs: []',
      'machine: {disks: [{device: a, partitions: [{mountpoint: b, $patch: delete}]}]}',
      failed(
        'machine.disks.[0].partitions.[0]',
        'searching for complex paths in slices is not supported',
      ),
    ],
    [
      'of a key of a list',
      'certSANs: [a]',
      deleting('machine.certSANs.a'),
      failed('machine.certSANs.a', 'searching for non-integer keys in slices is not supported'),
    ],
    [
      'of a field in an item',
      '',
      'machine: {network: {interfaces: [{interface: a, mtu: {$patch: delete}}]}}',
      "error processing patch delete statements at line 1: cannot delete an inner key in 'machine.network.interfaces.[0].mtu'",
    ],
    [
      'of operations',
      '',
      '- {$patch: delete}',
      'failure applying rfc6902 patches to talos machine config: Unexpected kind: unknown',
    ],
    [
      'with a kind and no apiVersion',
      '',
      'kind: LinkConfig\nname: a\nmtu: {$patch: delete}',
      'error processing patch delete statements at line 1: kind and apiVersion must be both set for path mtu',
    ],
    [
      'of the v1alpha1 document',
      '',
      '$patch: delete',
      'error processing patch delete statements at line 1: missing apiVersion in document for which $patch: delete is used',
    ],
    [
      'of a document without a kind',
      '',
      'apiVersion: v1alpha1\n$patch: delete',
      'error processing patch delete statements at line 1: missing kind in document for which $patch: delete is used',
    ],
  ])('%s', (_, fields, patch, reason) => {
    expect(patched(machine(fields), patch)).toBe(reason);
  });

  it('with the name of the document where it has one', () => {
    const trim = `${head}UserVolumeConfig\nname: u\n`;
    expect(patched(trim, `${trim}trim: {enabled: {$patch: delete}}\n`)).toBe(
      "named patch delete: document v1alpha1/UserVolumeConfig: failed to delete path 'trim.enabled': lookup failed",
    );
  });
});
