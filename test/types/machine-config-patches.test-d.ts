// Compiled, never run: what must compile does, what must not is marked with @ts-expect-error.
import {
  type MachineConfig,
  type MachineConfigPatch,
  patchMachineConfig,
  redact,
} from 'talos-client/machine-config';

export function check(config: MachineConfig): MachineConfig {
  const head = { apiVersion: 'v1alpha1' } as const;
  const patches: MachineConfigPatch[] = [
    'machine: {}\n',
    [{ op: 'remove', path: '/machine/token' }],
    {},
    { machine: { type: 'worker', sysctls: { a: 'b' }, kubelet: { extraConfig: { any: [1] } } } },
    // Deletions of fields, keys, items and documents; null says nothing.
    {
      machine: {
        certSANs: { $patch: 'delete' },
        sysctls: { a: { $patch: 'delete' } },
        token: null,
      },
    },
    { machine: { network: { interfaces: [{ interface: 'eth0', $patch: 'delete' }] } } },
    { ...head, kind: 'LinkConfig', name: 'eno1', $patch: 'delete' },
    { ...head, kind: 'BondConfig', name: 'bond0', bondMode: '802.3ad' },
    { ...head, kind: 'HostnameConfig', hostname: { $patch: 'delete' } },
    // @ts-expect-error: no key of the document
    { machine: { nope: 1 } },
    // @ts-expect-error: no word of the field
    { ...head, kind: 'BondConfig', name: 'bond0', bondMode: 'fast' },
    // @ts-expect-error: no field of this kind
    { ...head, kind: 'LinkConfig', name: 'eno1', bondMode: '802.3ad' },
    // @ts-expect-error: a document with a name needs it
    { ...head, kind: 'LinkConfig', mtu: 9000 },
    // @ts-expect-error: no kind
    { ...head, kind: 'Nope' },
    // @ts-expect-error: the only directive is delete
    { machine: { certSANs: { $patch: 'replace' } } },
  ];
  // @ts-expect-error: patches are a list
  patchMachineConfig(config, 'machine: {}\n');
  return redact(patchMachineConfig(config, patches, { talos: 'v1.13' }));
}
