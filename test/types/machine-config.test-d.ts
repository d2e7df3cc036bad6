// Documents of machine configurations: kinds, keys and words are checked while one writes them.
import {
  type BondConfig,
  type DocumentPatch,
  type MachineConfig,
  type MachineConfigDocument,
  parseMachineConfig,
  patchMachineConfig,
} from 'talos-client/machine-config';

const bond: BondConfig = {
  apiVersion: 'v1alpha1',
  kind: 'BondConfig',
  name: 'bond0',
  links: ['eth0', 'eth1'],
  bondMode: '802.3ad',
  mtu: undefined,
};
const documents: readonly MachineConfigDocument[] = [
  bond,
  { version: 'v1alpha1', machine: { type: 'worker', sysctls: { 'net.core.somaxconn': '1' } } },
];

// @ts-expect-error: no such word
const mode: BondConfig['bondMode'] = 'balance';
// @ts-expect-error: no such key
const wrong: BondConfig = { ...bond, slaves: ['eth0'] };
// @ts-expect-error: no such kind
const unknown: MachineConfigDocument = { apiVersion: 'v1alpha1', kind: 'NopeConfig' };

const config: MachineConfig = parseMachineConfig('');
const size: string | undefined = config.get('VolumeConfig', 'EPHEMERAL')?.provisioning?.minSize;
const type: 'controlplane' | 'worker' | undefined = config.v1alpha1?.machine?.type;
// @ts-expect-error: documents are read only
config.v1alpha1.machine = {};

for (const document of config.documents) {
  if (document.kind === 'HostnameConfig') document.auto satisfies 'stable' | 'off' | undefined;
}

const patch: DocumentPatch = {
  apiVersion: 'v1alpha1',
  kind: 'HostnameConfig',
  auto: { $patch: 'delete' },
  hostname: 'a',
};
patchMachineConfig(config, [patch, 'machine: {type: worker}']);

export { documents, mode, size, type, unknown, wrong };
