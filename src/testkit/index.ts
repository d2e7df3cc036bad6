export { type Clock, ManualClock, type Timer } from './clock.js';
export {
  type ClientOptions,
  type ClusterOptions,
  SimulatedCluster,
  simulateCluster,
} from './cluster.js';
export type { CallContext, CallMetadata, Peer } from './context.js';
export type { FaultOptions } from './faults.js';
export type { Journal, JournalEntry } from './journal.js';
export type { Machine, MachineStage, MachineType } from './machine/machine.js';
export type { Network } from './network.js';
export type { DropOptions, FailOptions, SimulatedNode } from './node.js';
export type { Handler, HandlerOf, HandlersOf, Replies, ReplyInit } from './rpc.js';
export { ServerStatus, type ServerStatusOptions } from './status.js';
