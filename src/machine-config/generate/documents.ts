import type { MachineConfigDocument } from '../../../generated/machine-config/index.js';
import { isMap } from '../values.js';
import type { Plan } from './input.js';
import { kubernetesDocuments } from './kubernetes.js';
import { registryDocuments } from './registries.js';
import { v1alpha1Document } from './v1alpha1.js';

const apiVersion = 'v1alpha1';

/** Where the discovery service is that Talos uses unless told otherwise. */
const DISCOVERY_SERVICE = 'https://discovery.talos.dev/';

/** The documents of a configuration, in the order in which Talos generates them. */
export function generatedDocuments(plan: Plan): readonly MachineConfigDocument[] {
  const documents: readonly MachineConfigDocument[] = [
    v1alpha1Document(plan),
    ...(plan.isMultidoc ? systemDocuments(plan) : []),
    ...registryDocuments(plan),
    ...networkDocuments(plan),
    ...kubernetesDocuments(plan),
  ];
  return documents.map(withoutAbsent);
}

/** What stood in the v1alpha1 document up to 1.13, or is new since. */
function systemDocuments({ input, secrets }: Plan): readonly MachineConfigDocument[] {
  const { installDisk, sysctls = {} } = input;
  return [
    ...(input.discovery
      ? [
          {
            apiVersion,
            kind: 'DiscoveryServiceConfig',
            name: 'default',
            endpoint: DISCOVERY_SERVICE,
          } as const,
        ]
      : []),
    {
      apiVersion,
      kind: 'DiscoveryIdentityConfig',
      clusterID: secrets.cluster.id,
      clusterSecret: secrets.cluster.secret,
    },
    ...(installDisk === undefined
      ? []
      : [
          {
            apiVersion,
            kind: 'UnattendedInstallConfig',
            installer: { image: input.installImage },
            provisioning: {
              diskSelector: { match: `disk.dev_path == ${JSON.stringify(installDisk)}` },
              wipe: false,
            },
          } as const,
        ]),
    {
      apiVersion,
      kind: 'ResolverConfig',
      hostDNS: { enabled: true, forwardKubeDNSToHost: true },
    },
    ...(Object.keys(sysctls).length > 0
      ? [{ apiVersion, kind: 'SysctlConfig', params: sysctls } as const]
      : []),
    { apiVersion, kind: 'VolumeConfig', name: 'EPHEMERAL', mount: { secure: true } },
    { apiVersion, kind: 'FilesystemTrimConfig', interval: '168h0m0s' },
    { apiVersion, kind: 'SecurityProfileConfig', workloadIsolation: true },
  ];
}

function networkDocuments(plan: Plan): readonly MachineConfigDocument[] {
  const { kubespan } = plan.input;
  return [
    ...(plan.since('1.12')
      ? [{ apiVersion, kind: 'HostnameConfig', auto: 'stable' } as const]
      : []),
    ...(plan.since('1.13') && kubespan !== undefined
      ? [{ apiVersion, kind: 'KubeSpanConfig', enabled: kubespan } as const]
      : []),
  ];
}

/** The value without keys that say nothing. */
function withoutAbsent<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(withoutAbsent) as Value;
  if (!isMap(value)) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutAbsent(inner)])) as Value;
}
