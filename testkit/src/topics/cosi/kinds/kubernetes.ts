import {
  encodeConfigStatusSpec,
  encodeEndpointSpec,
  encodeKubeletKubeconfigSpec,
  encodeKubeletSpecSpec,
  encodeKubeletStatusSpec,
  encodeKubePrismConfigSpec,
  encodeKubePrismEndpointsSpec,
  encodeKubePrismStatusesSpec,
  encodeNodeIPSpec,
  encodeNodeLabelSpecSpec,
  encodeNodenameSpec,
  encodeNodeStatusSpec,
  encodeNodeTaintSpecSpec,
  encodeStaticPodServerStatusSpec,
  encodeStaticPodSpec,
  encodeStaticPodStatusSpec,
} from '../../../../generated/definitions/k8s.js';
import { defineKind, encoded } from '../kind.js';
import { type JsonObject, structMessage } from '../struct.js';
import { netIp, netIpPrefix } from '../values.js';

/** The name of a node in Kubernetes. */
export interface NodenameSpec {
  readonly nodename: string;
  readonly hostnameVersion: string;
  readonly skipNodeRegistration: boolean;
}

/** `Nodenames`, id `nodename`. */
export const nodenameKind = defineKind({
  type: 'Nodenames.kubernetes.talos.dev',
  namespace: 'k8s',
  owner: 'k8s.NodenameController',
  proto: (spec: NodenameSpec) => encoded(encodeNodenameSpec, spec),
});

/** A node as Kubernetes knows it. */
export interface NodeStatusSpec {
  readonly nodename: string;
  readonly nodeReady: boolean;
  readonly unschedulable: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly podCIDRs: readonly string[];
}

/** `NodeStatuses`, by node name. */
export const nodeStatusKind = defineKind({
  type: 'NodeStatuses.kubernetes.talos.dev',
  namespace: 'k8s',
  owner: 'k8s.NodeStatusController',
  proto: ({ podCIDRs, ...spec }: NodeStatusSpec) =>
    encoded(encodeNodeStatusSpec, { ...spec, podCidRs: podCIDRs.map(netIpPrefix) }),
});

/** The addresses that the kubelet reports. */
export interface NodeIpSpec {
  readonly addresses: readonly string[];
}

/** `NodeIPs`, id `kubelet`. */
export const nodeIpKind = defineKind({
  type: 'NodeIPs.kubernetes.talos.dev',
  namespace: 'k8s',
  owner: 'k8s.NodeIPController',
  proto: ({ addresses }: NodeIpSpec) =>
    encoded(encodeNodeIPSpec, { addresses: addresses.map(netIp) }),
});

/** A label that Talos sets on the node. */
export interface NodeLabelSpec {
  readonly key: string;
  readonly value: string;
}

/** `NodeLabelSpecs`, by key; sensitive. */
export const nodeLabelKind = defineKind({
  type: 'NodeLabelSpecs.k8s.talos.dev',
  namespace: 'k8s',
  owner: 'k8s.NodeLabelSpecController',
  proto: (spec: NodeLabelSpec) => encoded(encodeNodeLabelSpecSpec, spec),
});

/** A taint that Talos sets on the node. */
export interface NodeTaintSpec {
  readonly key: string;
  readonly effect: string;
  readonly value: string;
}

/** `NodeTaintSpecs`, by key; sensitive. */
export const nodeTaintKind = defineKind({
  type: 'NodeTaintSpecs.k8s.talos.dev',
  namespace: 'k8s',
  owner: 'k8s.NodeTaintSpecController',
  proto: (spec: NodeTaintSpec) => encoded(encodeNodeTaintSpecSpec, spec),
});

/** How the kubelet runs. */
export interface KubeletSpecSpec {
  readonly image: string;
  readonly args?: readonly string[];
  readonly expectedNodename?: string;
  readonly config: JsonObject;
}

/** `KubeletSpecs`, id `kubelet`; sensitive. */
export const kubeletSpecKind = defineKind({
  type: 'KubeletSpecs.kubernetes.talos.dev',
  namespace: 'k8s',
  owner: 'k8s.KubeletSpecController',
  proto: ({ config, ...spec }: KubeletSpecSpec) =>
    encoded(encodeKubeletSpecSpec, { ...spec, config: structMessage(config) }),
});

/** Which kubelet runs. */
export interface KubeletStatusSpec {
  readonly image: string;
}

/** `KubeletStatuses`, id `kubelet`. */
export const kubeletStatusKind = defineKind({
  type: 'KubeletStatuses.kubernetes.talos.dev',
  namespace: 'k8s',
  owner: 'k8s.KubeletStatusController',
  proto: (spec: KubeletStatusSpec) => encoded(encodeKubeletStatusSpec, spec),
});

/** What the kubelet connects with. */
export interface KubeletKubeconfigSpec {
  readonly hash: string;
}

/** `KubeletKubeconfigs`, id `kubelet`. */
export const kubeletKubeconfigKind = defineKind({
  type: 'KubeletKubeconfigs.kubernetes.talos.dev',
  namespace: 'k8s',
  owner: 'k8s.KubeletKubeconfigController',
  proto: (spec: KubeletKubeconfigSpec) => encoded(encodeKubeletKubeconfigSpec, spec),
});

/** Where something of Kubernetes is reached. */
export interface EndpointSpec {
  readonly addresses: readonly string[];
  readonly hosts: readonly string[];
}

/** `Endpoints`: `controlplane`, `discovery` and `kube-apiserver`. */
export const endpointKind = defineKind({
  type: 'Endpoints.kubernetes.talos.dev',
  namespace: 'controlplane',
  owner: 'k8s.StaticEndpointController',
  proto: ({ addresses, hosts }: EndpointSpec) =>
    encoded(encodeEndpointSpec, { addresses: addresses.map(netIp), hosts }),
});

/** Whether all that static pods need is on disk. */
export interface ConfigStatusSpec {
  readonly ready: boolean;
  readonly version: string;
}

/** `ConfigStatuses`, id `static-pods`. */
export const configStatusKind = defineKind({
  type: 'ConfigStatuses.kubernetes.talos.dev',
  namespace: 'controlplane',
  owner: 'k8s.RenderConfigsStaticPodController',
  proto: (spec: ConfigStatusSpec) => encoded(encodeConfigStatusSpec, spec),
});

/** `SecretStatuses`, id `static-pods`. */
export const secretStatusKind = defineKind({
  type: 'SecretStatuses.kubernetes.talos.dev',
  namespace: 'controlplane',
  owner: 'k8s.RenderSecretsStaticPodController',
  // Both messages have the same two fields.
  proto: (spec: ConfigStatusSpec) => encoded(encodeConfigStatusSpec, spec),
});

/** `StaticPods`, by component: `kube-apiserver`. The spec is the manifest of the pod. */
export const staticPodKind = defineKind({
  type: 'StaticPods.kubernetes.talos.dev',
  namespace: 'k8s',
  owner: 'k8s.ControlPlaneStaticPodController',
  proto: (pod: JsonObject) => encoded(encodeStaticPodSpec, { pod: structMessage(pod) }),
});

/** `StaticPodStatuses`, as `kube-system/kube-apiserver-cp-1`. The spec is the status of the pod. */
export const staticPodStatusKind = defineKind({
  type: 'StaticPodStatuses.kubernetes.talos.dev',
  namespace: 'k8s',
  owner: 'k8s.KubeletStaticPodController',
  proto: (podStatus: JsonObject) =>
    encoded(encodeStaticPodStatusSpec, { podStatus: structMessage(podStatus) }),
});

/** Where the kubelet gets its static pods. */
export interface StaticPodServerStatusSpec {
  readonly url: string;
}

/** `StaticPodServerStatuses`, id `static-pod-server-status`. */
export const staticPodServerStatusKind = defineKind({
  type: 'StaticPodServerStatuses.kubernetes.talos.dev',
  namespace: 'k8s',
  owner: 'k8s.StaticPodServerController',
  proto: (spec: StaticPodServerStatusSpec) => encoded(encodeStaticPodServerStatusSpec, spec),
});

/** One of the places behind KubePrism. */
export interface KubePrismEndpoint {
  readonly host: string;
  readonly port: number;
}

/** How KubePrism balances. */
export interface KubePrismConfigSpec extends KubePrismEndpoint {
  readonly endpoints: readonly KubePrismEndpoint[];
}

/** `KubePrismConfigs`, id `k8s-loadbalancer-config`. */
export const kubePrismConfigKind = defineKind({
  type: 'KubePrismConfigs.kubernetes.talos.dev',
  namespace: 'k8s',
  owner: 'k8s.KubePrismConfigController',
  proto: ({ port, ...spec }: KubePrismConfigSpec) =>
    encoded(encodeKubePrismConfigSpec, { ...spec, port: BigInt(port) }),
});

/** All places that KubePrism knows. */
export interface KubePrismEndpointsSpec {
  readonly endpoints: readonly KubePrismEndpoint[];
}

/** `KubePrismEndpoints`, id `k8s-cluster`. */
export const kubePrismEndpointsKind = defineKind({
  type: 'KubePrismEndpoints.kubernetes.talos.dev',
  namespace: 'k8s',
  owner: 'k8s.KubePrismEndpointsController',
  proto: (spec: KubePrismEndpointsSpec) => encoded(encodeKubePrismEndpointsSpec, spec),
});

/** Whether KubePrism reaches anybody. */
export interface KubePrismStatusesSpec {
  readonly host: string;
  readonly healthy: boolean;
}

/** `KubePrismStatuses`, id `k8s-loadbalancer`. */
export const kubePrismStatusKind = defineKind({
  type: 'KubePrismStatuses.kubernetes.talos.dev',
  namespace: 'k8s',
  owner: 'k8s.KubePrismController',
  proto: (spec: KubePrismStatusesSpec) => encoded(encodeKubePrismStatusesSpec, spec),
});
