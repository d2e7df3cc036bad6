import { fromPem } from '../../pki/read.js';
import type { MachineConfig } from '../document.js';
import { type Encryption, encryptionOf } from '../secrets/encryption.js';

/** What a running cluster would lose with another configuration of its machines. */
export interface ConfigLoss {
  readonly what:
    | 'etcd-secrets'
    | 'service-account-tokens'
    | 'kubernetes-clients'
    | 'aggregated-apis'
    | 'etcd-members'
    | 'talos-clients'
    | 'trustd'
    | 'discovery';
  /** What happens, and through which setting. Holds no secret. */
  readonly message: string;
}

/**
 * What a running cluster would lose if a machine got the configuration `next` in place of `running`:
 * secrets in etcd that nobody can decrypt any more, clients and members that are refused. Empty
 * when nothing would be lost. Ask it before a configuration that was generated anew is applied,
 * above all one of a newer contract: Talos' rule is that the contract stays that of the release
 * which the cluster was made with.
 *
 * Compares what both say about keys and authorities, in the v1alpha1 document or in documents of
 * their own. Whether certificates that are in use come from elsewhere, it cannot know.
 *
 * @example
 * ```ts
 * const losses = findLosses(running, next);
 * if (losses.length > 0) throw new Error(losses.map(({ message }) => message).join('\n'));
 * ```
 */
export function findLosses(running: MachineConfig, next: MachineConfig): readonly ConfigLoss[] {
  return [
    ...encryptionLosses(encryptionOf(running), encryptionOf(next)),
    ...serviceAccountLosses(serviceAccountOf(running), serviceAccountOf(next)),
    ...trusts.flatMap(({ of, what, message }): ConfigLoss[] => {
      const [issuer] = of(running);
      const isLost = issuer !== undefined && !of(next).includes(issuer);
      return isLost ? [{ what, message }] : [];
    }),
    ...changed(running, next, ({ machineToken }) => machineToken, {
      what: 'trustd',
      message: 'workers cannot renew their certificates: machine.token is another',
    }),
    ...changed(running, next, ({ discovery }) => discovery, {
      what: 'discovery',
      message:
        'machines do not find those that still have the running configuration: ' +
        'the id or the secret of the cluster is another',
    }),
  ];
}

function encryptionLosses(
  running: Encryption | undefined,
  next: Encryption | undefined,
): readonly ConfigLoss[] {
  if (running === undefined) return [];
  const lost = running.keys.filter(
    (key) =>
      !next?.keys.some(
        ({ provider, name, secret }) =>
          provider === key.provider && name === key.name && secret === key.secret,
      ),
  );
  return [
    ...lost.map(({ provider, name }) => ({
      what: 'etcd-secrets' as const,
      message:
        `secrets in etcd that ${provider} encrypted cannot be read: the configuration lacks the ` +
        `key ${JSON.stringify(name)} of ${provider}, or has another under that name`,
    })),
    ...(running.readsPlain && next?.readsPlain === false
      ? [
          {
            what: 'etcd-secrets' as const,
            message:
              'secrets in etcd that were never encrypted, if there are any, cannot be read: ' +
              'the configuration lacks the provider identity',
          },
        ]
      : []),
  ];
}

/** What makes tokens of service accounts good. */
interface ServiceAccount {
  readonly key: string;
  readonly issuer: string | undefined;
  /** Whether keys besides that of the issuer are good too: which ones is not looked at. */
  readonly acceptsMoreKeys: boolean;
  readonly acceptedIssuers: readonly string[];
}

function serviceAccountLosses(
  running: ServiceAccount | undefined,
  next: ServiceAccount | undefined,
): readonly ConfigLoss[] {
  if (running === undefined) return [];
  const what = 'service-account-tokens';
  if (next === undefined || (running.key !== next.key && !next.acceptsMoreKeys)) {
    const message = 'tokens of service accounts are refused: the key that signs them is another';
    return [{ what, message }];
  }
  const { issuer } = running;
  const isGood =
    issuer === undefined || issuer === next.issuer || next.acceptedIssuers.includes(issuer);
  const message = 'tokens of service accounts are refused: their issuer is another';
  return isGood ? [] : [{ what, message }];
}

function serviceAccountOf(config: MachineConfig): ServiceAccount | undefined {
  const own = config.get('KubeServiceAccountConfig');
  if (own !== undefined) {
    return {
      key: contentOf(own.issuer.privateKey),
      issuer: own.issuer.issuerURL,
      acceptsMoreKeys: (own.accepted?.publicKeys ?? []).length > 0,
      acceptedIssuers: own.accepted?.issuers ?? [],
    };
  }
  const cluster = config.get('v1alpha1')?.cluster;
  const key = cluster?.serviceAccount?.key;
  if (key === undefined) return undefined;
  return {
    key: contentOf(decoded(key)),
    issuer: cluster?.controlPlane?.endpoint,
    acceptsMoreKeys: false,
    acceptedIssuers: [],
  };
}

/** The authorities that a configuration trusts: first the one that issues. */
const trusts: readonly {
  readonly of: (config: MachineConfig) => readonly string[];
  readonly what: ConfigLoss['what'];
  readonly message: string;
}[] = [
  {
    of: (config) => {
      const cluster = config.get('v1alpha1')?.cluster;
      const own = config.get('KubeAPIServerCAConfig');
      return own === undefined
        ? authorities(cluster?.ca, cluster?.acceptedCAs)
        : pemAuthorities(own.issuingCA?.cert, own.acceptedCAs);
    },
    what: 'kubernetes-clients',
    message:
      'clients of Kubernetes are refused, kubelets too: the authority that issued their ' +
      'certificates is not trusted',
  },
  {
    of: (config) => {
      const own = config.get('KubeAggregatorCAConfig');
      const old = config.get('v1alpha1')?.cluster?.aggregatorCA;
      return own === undefined
        ? authorities(old)
        : pemAuthorities(own.issuingCA?.cert, own.acceptedCAs);
    },
    what: 'aggregated-apis',
    message: 'aggregated APIs refuse the API server until they know its new authority',
  },
  {
    of: (config) => authorities(config.get('v1alpha1')?.cluster?.etcd?.ca),
    what: 'etcd-members',
    message: 'members of etcd refuse each other: the authority of etcd is another',
  },
  {
    of: (config) => {
      const machine = config.get('v1alpha1')?.machine;
      return authorities(machine?.ca, machine?.acceptedCAs);
    },
    what: 'talos-clients',
    message:
      'talosconfigs are refused, and so are the other machines: the authority that issued their ' +
      'certificates is not trusted',
  },
];

interface Encoded {
  readonly crt?: string | undefined;
}

/** Authorities in base64 of PEM, the issuing one first. */
function authorities(issuing?: Encoded, accepted: readonly Encoded[] = []): readonly string[] {
  return [issuing, ...accepted].flatMap((one) => (one?.crt ? [contentOf(decoded(one.crt))] : []));
}

/** Authorities in PEM, the issuing one first. */
function pemAuthorities(issuing?: string, accepted: readonly string[] = []): readonly string[] {
  return [issuing, ...accepted].flatMap((pem) => (pem ? [contentOf(pem)] : []));
}

/** A fact that machines of a cluster share; absent where a configuration does not say it. */
interface Shared {
  readonly machineToken: string | undefined;
  readonly discovery: string | undefined;
}

function changed(
  running: MachineConfig,
  next: MachineConfig,
  pick: (shared: Shared) => string | undefined,
  loss: ConfigLoss,
): readonly ConfigLoss[] {
  const before = pick(sharedOf(running));
  return before === undefined || before === pick(sharedOf(next)) ? [] : [loss];
}

function sharedOf(config: MachineConfig): Shared {
  const main = config.get('v1alpha1');
  const identity = config.get('DiscoveryIdentityConfig');
  const id = identity?.clusterID ?? main?.cluster?.id;
  const secret = identity?.clusterSecret ?? main?.cluster?.secret;
  return {
    machineToken: main?.machine?.token,
    discovery: id === undefined ? undefined : JSON.stringify([id, secret]),
  };
}

/** What a PEM text holds, so that other line ends make no difference. */
function contentOf(pem: string): string {
  try {
    return fromPem(pem).bytes.join();
  } catch {
    return pem;
  }
}

function decoded(base64: string): string {
  try {
    return atob(base64);
  } catch {
    return base64;
  }
}
