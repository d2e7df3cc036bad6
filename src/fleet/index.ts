export type {
  Child,
  ChildOutcome,
  ChildrenOptions,
  Flow,
  FlowContext,
  FlowFailure,
  MayGoOnOptions,
  StepAttempt,
  StepOptions,
} from './flow.js';
export {
  type BackedUpCluster,
  type BackUpEtcdReport,
  backUpEtcd,
} from './flows/backup/index.js';
export type { BackUpEtcdInput, BackupSettings } from './flows/backup/input.js';
export type { RememberedSnapshot } from './flows/backup/save.js';
export type { FleetCluster, RollFleetSettings } from './flows/clusters/input.js';
export type { ClusterFailure, ClusterReport, FleetReport } from './flows/clusters/roll-fleet.js';
export {
  type ConfiguredCluster,
  type RollOutConfigurationInput,
  type RollOutConfigurationOptions,
  type RollOutConfigurationReport,
  rollOutConfiguration,
} from './flows/configuration/index.js';
export type {
  ConfigurationOf,
  ConfigurationPlace,
  ConfigurationReference,
  RollOutSettings,
} from './flows/configuration/input.js';
export type { ConfiguredNode } from './flows/configuration/node.js';
export type { ConnectCluster, FleetFlowOptions } from './flows/connect.js';
export type { RollNodesSettings } from './flows/nodes/settings.js';
export {
  type UpgradedCluster,
  type UpgradeFleetInput,
  type UpgradeFleetReport,
  upgradeFleet,
} from './flows/upgrade/index.js';
export type { UpgradeSettings } from './flows/upgrade/input.js';
export type { UpgradedNode } from './flows/upgrade/node.js';
export { type JournalOptions, type JournalRunner, journalRunner } from './journal/index.js';
export type { Json } from './json.js';
export type {
  FleetRun,
  FleetRunner,
  ProgressRow,
  RunStatus,
  StartOptions,
} from './runner.js';
