export type { CallContext, CallMetadata, Peer } from './base/calls/context.js';
export type {
  CertificateFlaw,
  CutOptions,
  DropOptions,
  FailOptions,
  FaultOptions,
  ResetOptions,
} from './base/calls/faults.js';
export type { Journal, JournalEntry } from './base/calls/journal.js';
export type { Handler, Replies, ReplyInit } from './base/calls/rpc.js';
export {
  type ResetCode,
  ServerStatus,
  type ServerStatusOptions,
  type StatusDetailInit,
} from './base/calls/status.js';
export type { MachineStage, MachineType } from './base/machine.js';
export type { ClientFlaw } from './base/pki/client-certificates.js';
export { type Clock, ManualClock, type Timer } from './base/time/clock.js';
export { SimulatedCluster, simulateCluster } from './cluster/cluster.js';
export type {
  BareKubernetesPod,
  BudgetOptions,
  KubernetesBudget,
  KubernetesFailOptions,
  KubernetesNodeView,
  KubernetesPodOptions,
  KubernetesPodView,
  KubernetesWorkloadOptions,
  ReplicatedWorkloadOptions,
  SimulatedKubernetes,
} from './cluster/kubernetes.js';
export type { GoAwayOptions, SimulatedNode } from './cluster/node.js';
export type { ClientOptions, ClusterOptions } from './cluster/options.js';
export type {
  ImageRegistry,
  NodeEtcd,
  NodeEvents,
  NodeFiles,
  NodeKernelLog,
  NodeLogs,
  NodeService,
  NodeServices,
  NodeStaticPods,
  NodeTimeSync,
} from './cluster/parts.js';
export type { KubernetesRequests } from './kubernetes-api/faults.js';
export type { KubernetesJournalEntry } from './kubernetes-api/journal.js';
export type { Caller } from './kubernetes-api/request.js';
export type { KubernetesFetch, KubernetesFetchInit } from './memory/kubernetes-fetch.js';
export type { OmniRole } from './omni/accounts.js';
export type { OmniCall } from './omni/front.js';
export {
  type OmniClientOptions,
  type OmniLogin,
  type OmniServiceAccountOptions,
  type OmniTalosconfigOptions,
  type SimulatedOmni,
  simulateOmni,
} from './omni/omni.js';
export type { ConfigOptions } from './topics/config/generate.js';
export type { ResourceKind } from './topics/cosi/kind.js';
export { resourceKinds } from './topics/cosi/kinds/index.js';
export type { Resources } from './topics/cosi/resources.js';
export type { PublishOptions } from './topics/cosi/source.js';
export type { EtcdAlarmType } from './topics/etcd/etcd.js';
export type { RuntimeEvent } from './topics/events/events.js';
export type { EventInit } from './topics/events/payload.js';
export type { Errno, FileAttributes } from './topics/files/node.js';
export type { Signer } from './topics/images/registry.js';
export type { KernelRecord } from './topics/logs/kernel-record.js';
export type {
  ServiceHealthState,
  ServiceHistoryEntry,
  ServiceState,
} from './topics/services/service.js';
export type { DiskOptions } from './topics/storage/node-storage.js';
