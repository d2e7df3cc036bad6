import {
  MachineConfigError,
  type MachineConfigProblem,
} from '../../runtime/errors/machine-config-error.js';
import type { MachineConfig } from '../document.js';
import type { BundledAuthority, SecretsBundle } from './bundle.js';
import { type BundleUse, type Draft, wholeBundle } from './check.js';
import { encryptionOf } from './encryption.js';

/**
 * Takes the secrets of a cluster out of the configuration of one of its control planes, so that
 * configurations for more machines can be generated. Workers do not have them all.
 *
 * @throws {MachineConfigError} with what is missing, by the keys of a secrets bundle and without
 *   values.
 *
 * @example
 * ```ts
 * const running = parseMachineConfig(await readFile('controlplane.yaml', 'utf8'));
 * const secrets = secretsFromMachineConfig(running);
 * ```
 */
export function secretsFromMachineConfig(
  config: MachineConfig,
  use: BundleUse = {},
): SecretsBundle {
  const main = config.get('v1alpha1');
  if (main === undefined) throw refused('has no v1alpha1 document, which holds secrets');
  const { machine, cluster } = main;
  const type: string | undefined = machine?.type;
  if (machine === undefined || !['controlplane', 'init'].includes(type ?? '')) {
    throw refused(
      'must be that of a control plane: others do not have all secrets',
      'machine.type',
    );
  }
  const problems: MachineConfigProblem[] = [];
  const ofPem = (path: string, pem: EncodedPem | undefined): Draft<BundledAuthority> | undefined =>
    pem && {
      cert: decoded(`${path}.crt`, pem.crt, problems),
      key: decoded(`${path}.key`, pem.key, problems),
    };
  const identity = config.get('DiscoveryIdentityConfig');
  const serviceAccount = config.get('KubeServiceAccountConfig')?.issuer?.privateKey;
  const oldServiceAccount = decoded(
    'certs.k8sserviceaccount.key',
    cluster?.serviceAccount?.key,
    problems,
  );
  const draft = {
    cluster: {
      id: identity?.clusterID ?? cluster?.id,
      secret: identity?.clusterSecret ?? cluster?.secret,
    },
    secrets: { bootstrapToken: cluster?.token, ...encryptionSecret(config, problems) },
    trustdInfo: { token: machine.token },
    certs: {
      etcd: ofPem('certs.etcd', cluster?.etcd?.ca),
      k8s: config.get('KubeAPIServerCAConfig')?.issuingCA ?? ofPem('certs.k8s', cluster?.ca),
      k8sAggregator:
        config.get('KubeAggregatorCAConfig')?.issuingCA ??
        ofPem('certs.k8saggregator', cluster?.aggregatorCA),
      k8sServiceAccount: keyOf(serviceAccount ?? oldServiceAccount),
      os: ofPem('certs.os', machine.ca),
    },
  };
  return wholeBundle(draft, use, problems);
}

/** A certificate and a key in base64 of PEM text. */
interface EncodedPem {
  readonly crt?: string | undefined;
  readonly key?: string | undefined;
}

function decoded(
  path: string,
  base64: string | undefined,
  problems: MachineConfigProblem[],
): string | undefined {
  try {
    return base64 && atob(base64);
  } catch {
    problems.push({ path, message: 'must be base64 of PEM text' });
    return undefined;
  }
}

function keyOf(key: string | undefined): { readonly key: string } | undefined {
  return key === undefined ? undefined : { key };
}

/** The first key: it is the one that encrypts. A bundle has room for one. */
function encryptionSecret(
  config: MachineConfig,
  problems: MachineConfigProblem[],
): Draft<SecretsBundle['secrets']> {
  const [first] = encryptionOf(config)?.keys ?? [];
  switch (first?.provider) {
    case undefined:
      return {};
    case 'secretbox':
      return { secretboxEncryptionSecret: first.secret };
    case 'aescbc':
      return { aescbcEncryptionSecret: first.secret };
    default:
      problems.push({
        path: 'secrets.secretboxencryptionsecret',
        message: `is required; the configuration encrypts with ${first?.provider}, for which bundles have no place`,
      });
      return {};
  }
}

function refused(message: string, path?: string): MachineConfigError {
  return new MachineConfigError([{ document: 'v1alpha1', path, message }]);
}
