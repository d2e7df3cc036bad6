import type { MachineConfig } from '../document.js';
import { isMap } from '../values.js';

/** A key that Kubernetes' API server reads secrets in etcd with. */
export interface EncryptionKey {
  /** Such as `secretbox` or `aescbc`. */
  readonly provider: string;
  /** It stands in etcd before each secret: under another name the same key reads nothing. */
  readonly name: string;
  readonly secret: string;
}

/** How a configuration has secrets in etcd encrypted. */
export interface Encryption {
  /** In order: the first one encrypts, all of them decrypt. */
  readonly keys: readonly EncryptionKey[];
  /** Whether secrets that are not encrypted are read. */
  readonly readsPlain: boolean;
}

/**
 * How a control plane has secrets in etcd encrypted: what its KubeEtcdEncryptionConfig says, else
 * what Talos makes of the encryption secrets in the v1alpha1 document. Absent when it says nothing.
 *
 * Source: `k8stemplates/apiserver.go` of Talos.
 */
export function encryptionOf(config: MachineConfig): Encryption | undefined {
  const own = config.get('KubeEtcdEncryptionConfig')?.config;
  if (own !== undefined) return encryptionIn(own);
  const cluster = config.get('v1alpha1')?.cluster;
  const { secretboxEncryptionSecret = '', aescbcEncryptionSecret = '' } = cluster ?? {};
  const keys = [
    { provider: 'secretbox', name: 'key2', secret: secretboxEncryptionSecret },
    { provider: 'aescbc', name: 'key1', secret: aescbcEncryptionSecret },
  ].filter(({ secret }) => secret !== '');
  return keys.length === 0 ? undefined : { keys, readsPlain: true };
}

/** What is said about secrets in an EncryptionConfiguration of Kubernetes. */
function encryptionIn(config: unknown): Encryption {
  const resource = listAt(config, 'resources').find((entry) => {
    return listAt(entry, 'resources').includes('secrets');
  });
  const providers = listAt(resource, 'providers').flatMap((provider) =>
    isMap(provider) ? Object.entries(provider) : [],
  );
  return {
    keys: providers.flatMap(([provider, settings]) =>
      listAt(settings, 'keys').flatMap((key) =>
        isMap(key) && typeof key.name === 'string' && typeof key.secret === 'string'
          ? [{ provider, name: key.name, secret: key.secret }]
          : [],
      ),
    ),
    readsPlain: resource === undefined || providers.some(([provider]) => provider === 'identity'),
  };
}

function listAt(value: unknown, key: string): readonly unknown[] {
  const list = isMap(value) ? value[key] : undefined;
  return Array.isArray(list) ? list : [];
}
