export type { FleetCluster, RollFleetSettings } from './clusters/input.js';
export type { ClusterFailure, ClusterReport, FleetReport } from './clusters/roll-fleet.js';
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
