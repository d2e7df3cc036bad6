export {
  type BackedUpCluster,
  type BackUpEtcdReport,
  backUpEtcd,
} from './backup/index.js';
export type { BackUpEtcdInput, BackupSettings } from './backup/input.js';
export type { RememberedSnapshot } from './backup/save.js';
export type { FleetCluster, RollFleetSettings } from './clusters/input.js';
export type { ClusterFailure, ClusterReport, FleetReport } from './clusters/roll-fleet.js';
export {
  type ConfiguredCluster,
  type RollOutConfigurationInput,
  type RollOutConfigurationOptions,
  type RollOutConfigurationReport,
  rollOutConfiguration,
} from './configuration/index.js';
export type {
  ConfigurationOf,
  ConfigurationPlace,
  ConfigurationReference,
  RollOutSettings,
} from './configuration/input.js';
export type { ConfiguredNode } from './configuration/node.js';
export type { ConnectCluster, FleetFlowOptions } from './connect.js';
export type { RollNodesSettings } from './nodes/settings.js';
export {
  type UpgradedCluster,
  type UpgradeFleetInput,
  type UpgradeFleetReport,
  upgradeFleet,
} from './upgrade/index.js';
export type { UpgradeSettings } from './upgrade/input.js';
export type { UpgradedNode } from './upgrade/node.js';
