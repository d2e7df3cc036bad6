export type { Issued } from 'talos-client/pki';
export type { ClientCertificates, ClientFlaw } from './client-certificates.js';
export { type Clock, ManualClock, type Timer } from './clock.js';
export { SimulatedCluster, simulateCluster } from './cluster.js';
export type { CallContext, CallMetadata, Peer } from './context.js';
export type { ResourceKind } from './cosi/kind.js';
export { resourceKinds } from './cosi/kinds/index.js';
export type { Resources } from './cosi/resources.js';
export type { PublishOptions } from './cosi/source.js';
export type { EtcdAlarmType } from './etcd/etcd.js';
export type {
  CertificateFlaw,
  CutOptions,
  DropOptions,
  FailOptions,
  FaultOptions,
  ResetOptions,
} from './faults.js';
export type { Journal, JournalEntry } from './journal.js';
export type { ConfigOptions } from './machine/config/generate.js';
export type { RuntimeEvent } from './machine/events/events.js';
export type { EventInit } from './machine/events/payload.js';
export type { Errno, FileAttributes } from './machine/files/node.js';
export type { Signer } from './machine/images/registry.js';
export type { KernelRecord } from './machine/logs/dmesg.js';
export type { Machine, MachineStage, MachineType } from './machine/machine.js';
export type {
  ServiceHealthState,
  ServiceHistoryEntry,
  ServiceState,
} from './machine/services/service.js';
export type { DiskOptions } from './machine/storage/storage.js';
export type { Network } from './network.js';
export type { GoAwayOptions, SimulatedNode } from './node.js';
export type { OmniRole } from './omni/accounts.js';
export type { OmniCall } from './omni/front.js';
export {
  type OmniClientOptions,
  type OmniLogin,
  type OmniTalosconfigOptions,
  type SimulatedOmni,
  simulateOmni,
} from './omni/omni.js';
export type { ClientOptions, ClusterOptions } from './options.js';
export type {
  ImageRegistry,
  NodeEtcd,
  NodeEvents,
  NodeFiles,
  NodeKernelLog,
  NodeLogs,
  NodeService,
  NodeServices,
  NodeTimeSync,
} from './parts.js';
export type { Handler, HandlerOf, HandlersOf, Replies, ReplyInit } from './rpc.js';
export {
  type ResetCode,
  ServerStatus,
  type ServerStatusOptions,
  type StatusDetailInit,
} from './status.js';
