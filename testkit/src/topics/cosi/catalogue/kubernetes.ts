import type { Cluster, Machine } from '../../../base/machine.js';
import { kubernetes } from '../../kubernetes/kubernetes.js';
import {
  annotationsOf,
  CONTROL_PLANE_LABEL,
  EXCLUDE_LABEL,
  type KubernetesNode,
  labelsOf,
} from '../../kubernetes/node.js';
import { kubernetesImages } from '../../kubernetes/versions.js';
import { services } from '../../services/services.js';
import {
  configStatusKind,
  endpointKind,
  type KubePrismEndpoint,
  kubeletKubeconfigKind,
  kubeletSpecKind,
  kubeletStatusKind,
  kubePrismConfigKind,
  kubePrismEndpointsKind,
  kubePrismStatusKind,
  nodeIpKind,
  nodeLabelKind,
  nodenameKind,
  nodeStatusKind,
  nodeTaintKind,
  secretStatusKind,
  staticPodServerStatusKind,
} from '../kinds/kubernetes.js';
import { type Published, publish, type ResourceSource } from '../source.js';
import {
  API_SERVER_PORT,
  controlPlanesOf,
  DNS_DOMAIN,
  DNS_SERVICE_IP,
  KUBEPRISM_PORT,
  podNetworkOf,
} from './plan.js';

/** Kubernetes as every node knows it: its own node, the kubelet, and where the API is. */
export const kubernetesSource: ResourceSource = {
  kinds: [
    endpointKind,
    nodeStatusKind,
    configStatusKind,
    secretStatusKind,
    nodenameKind,
    nodeIpKind,
    nodeLabelKind,
    nodeTaintKind,
    kubeletSpecKind,
    kubeletStatusKind,
    kubeletKubeconfigKind,
    staticPodServerStatusKind,
    kubePrismEndpointsKind,
    kubePrismConfigKind,
    kubePrismStatusKind,
  ],
  topics: ['machine', 'kubernetes', 'services'],
  clusterWide: true,
  *resources(machine: Machine): Generator<Published> {
    if (machine.type === undefined) return;
    yield* nodeIntent(machine);
    yield* kubelet(machine);
    yield* kubePrism(machine);
    const controlPlanes = controlPlanesOf(machine.cluster).map(({ address }) => address);
    yield publish(endpointKind, 'controlplane', {
      addresses: [new URL(machine.cluster.kubernetesEndpoint).hostname],
      hosts: [],
    });
    yield publish(
      endpointKind,
      'discovery',
      { addresses: controlPlanes, hosts: [] },
      { owner: 'cluster.EndpointController' },
    );
    const cluster = machine.cluster.state(kubernetes);
    if (cluster.isUp && kubeletRuns(machine)) {
      yield publish(
        endpointKind,
        'kube-apiserver',
        { addresses: controlPlanes, hosts: [] },
        { owner: 'k8s.EndpointController' },
      );
      const node = cluster.find(machine);
      if (node !== undefined) yield publish(nodeStatusKind, machine.name, nodeStatus(node));
    }
    if (machine.type !== 'controlplane') return;
    yield publish(configStatusKind, 'static-pods', { ready: true, version: '1' });
    yield publish(secretStatusKind, 'static-pods', { ready: true, version: '1' });
  },
};

function* nodeIntent({ address, name, type }: Machine): Generator<Published> {
  yield publish(nodenameKind, 'nodename', {
    nodename: name,
    hostnameVersion: '1',
    skipNodeRegistration: false,
  });
  yield publish(nodeIpKind, 'kubelet', { addresses: [address] });
  if (type !== 'controlplane') return;
  for (const key of [CONTROL_PLANE_LABEL, EXCLUDE_LABEL]) {
    yield publish(nodeLabelKind, key, { key, value: '' });
  }
  yield publish(nodeTaintKind, CONTROL_PLANE_LABEL, {
    key: CONTROL_PLANE_LABEL,
    effect: 'NoSchedule',
    value: '',
  });
}

function kubeletRuns(machine: Machine): boolean {
  return machine.state(services).isRunning('kubelet');
}

function nodeStatus(node: KubernetesNode) {
  const { machine, ready, unschedulable } = node;
  return {
    nodename: machine.name,
    nodeReady: ready,
    unschedulable,
    labels: labelsOf(node),
    annotations: annotationsOf(node),
    podCIDRs: [podNetworkOf(machine)],
  };
}

function* kubelet(machine: Machine): Generator<Published> {
  const image = kubernetesImages(machine.talosVersion).kubelet;
  yield publish(kubeletSpecKind, 'kubelet', {
    image,
    args: [
      `--hostname-override=${machine.name}`,
      `--node-ip=${machine.address}`,
      '--config=/etc/kubernetes/kubelet.yaml',
      '--kubeconfig=/etc/kubernetes/kubeconfig-kubelet',
    ],
    expectedNodename: machine.name,
    config: {
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      kind: 'KubeletConfiguration',
      cgroupRoot: '/',
      clusterDNS: [DNS_SERVICE_IP],
      clusterDomain: DNS_DOMAIN,
      rotateCertificates: true,
      serverTLSBootstrap: false,
    },
  });
  if (!kubeletRuns(machine)) return;
  yield publish(kubeletStatusKind, 'kubelet', { image });
  yield publish(kubeletKubeconfigKind, 'kubelet', {
    hash: machine.random.fork('kubelet-kubeconfig').hex(64),
  });
  yield publish(staticPodServerStatusKind, 'static-pod-server-status', {
    url: `http://127.0.0.1:${machine.random.fork('static-pods').int(32768, 60999)}`,
  });
}

function* kubePrism(machine: Machine): Generator<Published> {
  const endpoints = kubePrismEndpoints(machine.cluster);
  const host = `127.0.0.1:${KUBEPRISM_PORT}`;
  yield publish(kubePrismEndpointsKind, 'k8s-cluster', { endpoints });
  yield publish(kubePrismConfigKind, 'k8s-loadbalancer-config', {
    host: '127.0.0.1',
    port: KUBEPRISM_PORT,
    endpoints,
  });
  yield publish(kubePrismStatusKind, 'k8s-loadbalancer', {
    host,
    healthy: machine.cluster.state(kubernetes).isUp,
  });
}

function kubePrismEndpoints(cluster: Cluster): readonly KubePrismEndpoint[] {
  return controlPlanesOf(cluster).map(({ address }) => ({ host: address, port: API_SERVER_PORT }));
}
