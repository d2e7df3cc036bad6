import type { MachineConfigProblem } from '../error.js';
import { shownKey } from './problems.js';

/** Kinds of which only one may have a name. */
const exclusive: readonly (readonly string[])[] = [
  [
    'BondConfig',
    'BridgeConfig',
    'DummyLinkConfig',
    'LinkConfig',
    'VethConfig',
    'VLANConfig',
    'VRFConfig',
    'WireguardConfig',
  ],
  ['HCloudVIPConfig', 'Layer2VIPConfig'],
  ['ExistingVolumeConfig', 'UserVolumeConfig'],
];

/** Documents that stand twice, and documents that exclude each other. */
export function findConflicts(
  documents: readonly { readonly identity: string; readonly line: number | undefined }[],
): MachineConfigProblem[] {
  const seen = new Map<string, string>();
  const problems: MachineConfigProblem[] = [];
  for (const { identity, line } of documents) {
    const [kind = '', name = ''] = identity.split(/\/(.*)/s);
    const group = exclusive.findIndex((kinds) => kinds.includes(kind));
    const key = group === -1 ? identity : `${group}/${name}`;
    const other = seen.get(key);
    const document = shown(identity);
    if (other === identity) problems.push({ message: 'stands twice', document, line });
    else if (other !== undefined) {
      problems.push({
        message: `excludes ${shown(other)}: one link, VIP or volume is one document`,
        document,
        line,
      });
    } else seen.set(key, identity);
  }
  return problems;
}

function shown(identity: string): string {
  const [kind = '', name] = identity.split(/\/(.*)/s);
  return name === undefined ? kind : `${kind}/${shownKey(name)}`;
}
