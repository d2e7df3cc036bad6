import { stringify } from 'yaml';
import { oneOf, text } from '../../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../../runtime/arguments/options.js';
import type { SimulatedCluster } from '../../cluster.js';
import { type Secrets, secrets } from '../../secrets.js';
import { supports } from '../../versions.js';
import { kubernetesImages } from '../kubernetes/versions.js';
import type { MachineType } from '../machine.js';

/** What a machine configuration is to say. */
export interface ConfigOptions {
  readonly type: MachineType;
  /** Default: none, and the node keeps its name. */
  readonly hostname?: string | undefined;
  /** The disk that Talos is installed on. Default: none, and the node runs from memory. */
  readonly installDisk?: string | undefined;
  /** The installer. Default: that of the cluster's release. */
  readonly installImage?: string | undefined;
  /** The release whose form it has. Default: that of the cluster. */
  readonly talosVersion?: string | undefined;
}

const shape: Shape<ConfigOptions> = {
  type: oneOf('controlplane', 'worker'),
  hostname: text,
  installDisk: text,
  installImage: text,
  talosVersion: text,
};

/** The network of pods and that of services, which every configuration has. */
export const POD_SUBNET = '10.244.0.0/16';
export const SERVICE_SUBNET = '10.96.0.0/12';

/**
 * A machine configuration for a cluster, as `talosctl gen config` writes it: several documents from
 * Talos 1.14 on, one before.
 */
export function generateConfig(cluster: SimulatedCluster, options: ConfigOptions): string {
  checkOptions(options, shape, 'machineConfig', "{ type: 'worker' }");
  const version = options.talosVersion ?? cluster.talosVersion;
  const facts: Facts = {
    ...options,
    version,
    clusterName: cluster.name,
    endpoint: cluster.kubernetesEndpoint,
    installImage: options.installImage ?? `ghcr.io/siderolabs/installer:${version}`,
    secrets: cluster.state(secrets),
  };
  const documents = supports(version, '1.14')
    ? [mainDocument(facts), ...otherDocuments(facts)]
    : [singleDocument(facts)];
  return documents.map((document) => stringify(document, { lineWidth: 0 })).join('---\n');
}

interface Facts extends ConfigOptions {
  readonly version: string;
  readonly clusterName: string;
  readonly endpoint: string;
  readonly installImage: string;
  readonly secrets: Secrets;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** What both forms of the v1alpha1 document have. */
function mainDocument({ type, secrets: bundle }: Facts): Record<string, unknown> {
  const control = type === 'controlplane';
  const { os, etcd } = bundle;
  return {
    version: 'v1alpha1',
    debug: false,
    persist: true,
    machine: {
      type,
      token: bundle.machineToken,
      ca: { crt: base64(os.cert), ...(control ? { key: base64(os.key) } : {}) },
      certSANs: [],
      features: { diskQuotaSupport: true },
    },
    cluster: {
      token: bundle.bootstrapToken,
      ...(control ? { etcd: { ca: { crt: base64(etcd.cert), key: base64(etcd.key) } } } : {}),
    },
  };
}

/** The one document of releases up to 1.13. */
function singleDocument(facts: Facts): Record<string, unknown> {
  const { type, hostname, installDisk, installImage, clusterName, endpoint, version } = facts;
  const bundle = facts.secrets;
  const control = type === 'controlplane';
  const images = kubernetesImages(version);
  const { kubernetes, aggregator, etcd } = bundle;
  const main = mainDocument(facts) as { machine: object };
  return {
    ...main,
    machine: {
      ...main.machine,
      kubelet: { image: images.kubelet, defaultRuntimeSeccompProfileEnabled: true },
      network: hostname === undefined ? {} : { hostname },
      ...(installDisk === undefined
        ? {}
        : { install: { disk: installDisk, image: installImage, wipe: false } }),
    },
    cluster: {
      id: bundle.clusterId,
      secret: bundle.clusterSecret,
      controlPlane: { endpoint },
      clusterName,
      network: {
        dnsDomain: 'cluster.local',
        podSubnets: [POD_SUBNET],
        serviceSubnets: [SERVICE_SUBNET],
      },
      token: bundle.bootstrapToken,
      ca: {
        crt: base64(kubernetes.cert),
        key: control ? base64(kubernetes.key) : '',
      },
      ...(control
        ? {
            secretboxEncryptionSecret: bundle.encryptionSecret,
            aggregatorCA: { crt: base64(aggregator.cert), key: base64(aggregator.key) },
            serviceAccount: { key: base64(bundle.serviceAccountKey) },
            apiServer: { image: images['kube-apiserver'] },
            controllerManager: { image: images['kube-controller-manager'] },
            proxy: { image: images['kube-proxy'] },
            scheduler: { image: images['kube-scheduler'] },
            etcd: { ca: { crt: base64(etcd.cert), key: base64(etcd.key) } },
          }
        : {}),
      discovery: { enabled: true },
    },
  };
}

/** The documents beside v1alpha1, from 1.14 on. */
function otherDocuments(facts: Facts): readonly object[] {
  const { type, hostname, installDisk, installImage, clusterName, endpoint, version } = facts;
  const bundle = facts.secrets;
  const images = kubernetesImages(version);
  const { kubernetes, aggregator } = bundle;
  const document = (kind: string, body: object) => ({ apiVersion: 'v1alpha1', kind, ...body });
  const control = type === 'controlplane';
  return [
    document('DiscoveryServiceConfig', {
      name: 'default',
      endpoint: 'https://discovery.talos.dev/',
    }),
    document('DiscoveryIdentityConfig', {
      clusterID: bundle.clusterId,
      clusterSecret: bundle.clusterSecret,
    }),
    ...(installDisk === undefined
      ? []
      : [
          document('UnattendedInstallConfig', {
            installer: { image: installImage },
            provisioning: {
              diskSelector: { match: `disk.dev_path == ${JSON.stringify(installDisk)}` },
            },
            wipe: false,
          }),
        ]),
    document('ResolverConfig', {
      hostDNS: { enabled: true, forwardKubeDNSToHost: true },
    }),
    document('HostnameConfig', hostname === undefined ? { auto: 'stable' } : { hostname }),
    document('KubeClusterConfig', { clusterName, endpoint }),
    document('KubeNodeConfig', {
      labels: control
        ? {
            'node-role.kubernetes.io/control-plane': '',
            'node.kubernetes.io/exclude-from-external-load-balancers': '',
          }
        : {},
      taints: control ? { 'node-role.kubernetes.io/control-plane': 'NoSchedule' } : {},
    }),
    document('KubeletConfig', {
      image: images.kubelet,
      defaultRuntimeSeccompProfileEnabled: true,
    }),
    document('KubeNetworkConfig', {
      dnsDomain: 'cluster.local',
      podSubnets: [POD_SUBNET],
      serviceSubnets: [SERVICE_SUBNET],
    }),
    document(
      'KubeAPIServerCAConfig',
      control
        ? { issuingCA: { cert: kubernetes.cert, key: kubernetes.key } }
        : { acceptedCAs: [kubernetes.cert] },
    ),
    document('KubePrismConfig', { port: 7445 }),
    ...(control
      ? [
          document('KubeAggregatorCAConfig', {
            issuingCA: { cert: aggregator.cert, key: aggregator.key },
          }),
          document('KubeEtcdEncryptionConfig', {
            config: {
              resources: [
                {
                  resources: ['secrets'],
                  providers: [
                    { secretbox: { keys: [{ name: 'key2', secret: bundle.encryptionSecret }] } },
                    { identity: {} },
                  ],
                },
              ],
            },
          }),
          document('KubeServiceAccountConfig', {
            issuer: { privateKey: bundle.serviceAccountKey },
            issuerURL: endpoint,
          }),
          document('KubeAPIServerConfig', { image: images['kube-apiserver'] }),
          document('KubeControllerManagerConfig', { image: images['kube-controller-manager'] }),
          document('KubeSchedulerConfig', { image: images['kube-scheduler'] }),
          document('KubeProxyConfig', { image: images['kube-proxy'] }),
          document('KubeFlannelCNIConfig', { backendType: 'vxlan', backendPort: 4789 }),
          document('KubeCoreDNSConfig', { enabled: true }),
        ]
      : []),
  ];
}
