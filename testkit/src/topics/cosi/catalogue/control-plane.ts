import type { Machine } from '../../../base/machine.js';
import { POD_SUBNET, SERVICE_SUBNET } from '../../config/generate.js';
import { kubernetes } from '../../kubernetes/kubernetes.js';
import type { Pod } from '../../kubernetes/pod.js';
import { pods } from '../../kubernetes/pods.js';
import { controlPlanePods } from '../../kubernetes/static-pods.js';
import { type KubernetesImages, kubernetesImages } from '../../kubernetes/versions.js';
import { services } from '../../services/services.js';
import {
  apiServerConfigKind,
  bootstrapManifestsConfigKind,
  controllerManagerConfigKind,
  manifestKind,
  manifestStatusKind,
  schedulerConfigKind,
} from '../kinds/control-plane.js';
import { staticPodKind, staticPodStatusKind } from '../kinds/kubernetes.js';
import { type Published, publish, type ResourceSource } from '../source.js';
import type { JsonObject } from '../struct.js';
import { goTime } from '../values.js';
import { API_SERVER_PORT, DNS_DOMAIN, DNS_SERVICE_IP, KUBEPRISM_PORT } from './plan.js';

/** What Talos brings into a cluster: the names of the manifests. */
const manifests: Readonly<Record<string, readonly JsonObject[]>> = {
  '00-kubelet-bootstrapping-token': [object('v1', 'Secret', 'bootstrap-token-talos')],
  '01-csr-node-bootstrap': [
    object(
      'rbac.authorization.k8s.io/v1',
      'ClusterRoleBinding',
      'system-bootstrap-node-bootstrapper',
    ),
  ],
  '05-flannel': [object('apps/v1', 'DaemonSet', 'kube-flannel')],
  '10-kube-proxy': [object('apps/v1', 'DaemonSet', 'kube-proxy')],
  '11-core-dns': [object('apps/v1', 'Deployment', 'coredns')],
};

/** The control plane of Kubernetes: how its pods run, and how they are. */
export const controlPlaneSource: ResourceSource = {
  kinds: [
    bootstrapManifestsConfigKind,
    manifestKind,
    staticPodKind,
    staticPodStatusKind,
    manifestStatusKind,
    apiServerConfigKind,
    controllerManagerConfigKind,
    schedulerConfigKind,
  ],
  topics: ['machine', 'kubernetes', 'pods', 'services'],
  *resources(machine: Machine): Generator<Published> {
    if (machine.type !== 'controlplane') return;
    const images = kubernetesImages(machine.talosVersion);
    yield* configurations(machine, images);
    yield publish(bootstrapManifestsConfigKind, 'manifests', {
      server: `https://127.0.0.1:${KUBEPRISM_PORT}`,
      clusterDomain: DNS_DOMAIN,
      podCIDRs: [POD_SUBNET],
      proxyEnabled: true,
      proxyImage: images['kube-proxy'],
      proxyArgs: [],
      proxyConfig: {},
      proxyConfigChecksum: '',
      proxyResources: { requests: {}, limits: {} },
      coreDNSEnabled: true,
      coreDNSImage: images.coredns,
      dnsServiceIP: DNS_SERVICE_IP,
      dnsServiceIPv6: '',
      flannelEnabled: true,
      flannelImage: images.flannel,
      flannelExtraArgs: [],
      flannelKubeServiceHost: '127.0.0.1',
      flannelKubeServicePort: String(KUBEPRISM_PORT),
      flannelKubeNetworkPoliciesEnabled: false,
      flannelKubeNetworkPoliciesImage: 'registry.k8s.io/networking/kube-network-policies:v1.0.0',
      flannelBackendType: 'vxlan',
      flannelBackendPort: 4789,
      flannelBackendMTU: 0,
      flannelBackendExtraConfig: {},
      flannelResources: { requests: {}, limits: {} },
      podSecurityPolicyEnabled: false,
      talosAPIServiceEnabled: false,
      cniName: 'flannel',
    });
    for (const [id, objects] of Object.entries(manifests)) yield publish(manifestKind, id, objects);
    // They wait for etcd.
    if (machine.state(services).isUp('etcd')) {
      for (const name of controlPlanePods) {
        yield publish(staticPodKind, name, podManifest(name, images[name]));
      }
    }
    for (const pod of machine.state(pods).list()) {
      if (!pod.isStatic) continue;
      yield publish(staticPodStatusKind, `${pod.namespace}/${pod.name}`, podStatus(machine, pod));
    }
    if (!machine.cluster.state(kubernetes).isUp) return;
    yield publish(manifestStatusKind, 'manifests', { manifestsApplied: Object.keys(manifests) });
  },
};

function* configurations(machine: Machine, images: KubernetesImages): Generator<Published> {
  const common = {
    cloudProvider: '',
    extraVolumes: [],
    environmentVariables: {},
    resources: { requests: { cpu: '200m', memory: '512Mi' }, limits: {} },
  } as const;
  yield publish(apiServerConfigKind, 'kube-apiserver', {
    ...common,
    image: images['kube-apiserver'],
    controlPlaneEndpoint: machine.cluster.kubernetesEndpoint,
    etcdServers: ['https://127.0.0.1:2379'],
    localPort: API_SERVER_PORT,
    serviceCIDR: [SERVICE_SUBNET],
    extraArgs: {},
    advertisedAddress: '$(POD_IP)',
    startupProbesEnabled: true,
    useAuthenticationConfig: true,
  });
  yield publish(controllerManagerConfigKind, 'kube-controller-manager', {
    ...common,
    enabled: true,
    image: images['kube-controller-manager'],
    podCIDRs: [POD_SUBNET],
    serviceCIDRs: [SERVICE_SUBNET],
    nodeCIDRMaskSizeIPv4: 24,
    nodeCIDRMaskSizeIPv6: 0,
  });
  const { cloudProvider: _, ...schedulerCommon } = common;
  yield publish(schedulerConfigKind, 'kube-scheduler', {
    ...schedulerCommon,
    enabled: true,
    image: images['kube-scheduler'],
    config: {},
  });
}

function object(apiVersion: string, kind: string, name: string): JsonObject {
  return { apiVersion, kind, metadata: { name, namespace: 'kube-system' } };
}

function podManifest(name: string, image: string): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'kube-system',
      annotations: { 'talos.dev/config-version': '1', 'talos.dev/secrets-version': '1' },
      labels: { 'app.kubernetes.io/name': name, 'k8s-app': name, tier: 'control-plane' },
    },
    spec: {
      priorityClassName: 'system-cluster-critical',
      hostNetwork: true,
      containers: [{ name, image, command: [`/usr/local/bin/${name}`] }],
    },
  };
}

function podStatus({ address }: Machine, { container, ready, startedAt }: Pod): JsonObject {
  const startTime = goTime(Math.floor(startedAt / 1000) * 1000);
  return {
    phase: 'Running',
    conditions: podConditions.map((type) => ({
      type,
      status: ready || !readinessConditions.has(type) ? 'True' : 'False',
      lastProbeTime: null,
      lastTransitionTime: startTime,
    })),
    hostIP: address,
    podIP: address,
    startTime,
    containerStatuses: [
      {
        name: container.name,
        image: container.image,
        containerID: `containerd://${container.id}`,
        ready,
        started: container.pid !== 0,
        restartCount: container.restarts,
      },
    ],
  };
}

const podConditions = [
  'PodReadyToStartContainers',
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodScheduled',
];

const readinessConditions: ReadonlySet<string> = new Set(['Ready', 'ContainersReady']);
