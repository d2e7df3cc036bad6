import type {
  RegistryMirrorConfig,
  RegistryTLSConfig,
  V1Alpha1Config,
} from '../../../generated/machine-config/index.js';
import { type Plan, when } from './input.js';

type Registries = NonNullable<V1Alpha1Config['machine']>['registries'];

/** Registries in the v1alpha1 document, up to contract 1.11. */
export function registriesOfMachine(plan: Plan): Registries {
  if (plan.since('1.12')) return undefined;
  const mirrors = Object.entries({
    // The registry of Kubernetes moved at the time.
    ...(plan.since('1.2') && !plan.since('1.3') ? { 'k8s.gcr.io': movedRegistry } : {}),
    ...plan.input.registryMirrors,
  });
  const secured = securedRegistries(plan);
  if (mirrors.length + secured.length === 0) return undefined;
  return {
    mirrors: byHost(mirrors.map(([host, endpoints]) => [host, { endpoints }])),
    config: byHost(
      secured.map(({ host, ca, insecure }) => [
        host,
        { tls: { ca: ca && btoa(ca), insecureSkipVerify: when(insecure, true) } },
      ]),
    ),
  };
}

const movedRegistry = ['https://registry.k8s.io', 'https://k8s.gcr.io'];

/** Registries in documents of their own, from contract 1.12 on. */
export function registryDocuments(
  plan: Plan,
): readonly (RegistryMirrorConfig | RegistryTLSConfig)[] {
  if (!plan.since('1.12')) return [];
  const { registryMirrors = {} } = plan.input;
  return [
    ...Object.entries(registryMirrors)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(
        ([host, urls]): RegistryMirrorConfig => ({
          apiVersion: 'v1alpha1',
          kind: 'RegistryMirrorConfig',
          name: host,
          endpoints: urls.map((url) => ({ url })),
        }),
      ),
    ...securedRegistries(plan).map(
      ({ host, ca, insecure }): RegistryTLSConfig => ({
        apiVersion: 'v1alpha1',
        kind: 'RegistryTLSConfig',
        name: host,
        ca,
        insecureSkipVerify: when(insecure, true),
      }),
    ),
  ];
}

interface SecuredRegistry {
  readonly host: string;
  readonly ca: string | undefined;
  readonly insecure: boolean;
}

/** The registries about whose certificates something is said, by host. */
function securedRegistries({ input }: Plan): readonly SecuredRegistry[] {
  const { registryCas = {}, insecureRegistries = [] } = input;
  const hosts = [...new Set([...Object.keys(registryCas), ...insecureRegistries])];
  return hosts
    .sort()
    .map((host) => ({ host, ca: registryCas[host], insecure: insecureRegistries.includes(host) }));
}

function byHost<Value>(
  entries: readonly (readonly [host: string, Value])[],
): Readonly<Record<string, Value>> | undefined {
  return when(entries.length > 0, Object.fromEntries(entries));
}
