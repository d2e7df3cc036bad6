export {
  type AppliedConfiguration,
  type ApplyConfigurationOptions,
  type ApplyConfigurationStep,
  type ApplyMode,
  applyConfiguration,
  type CheckAttempt,
  type ConfigurationChange,
  type ConfigurationCheck,
} from './apply-configuration/index.js';
export {
  type BackupEtcdOptions,
  type BackupEtcdStep,
  backupEtcd,
  type EtcdBackup,
} from './backup-etcd/index.js';
export {
  type BootstrapClusterStep,
  type BootstrappedCluster,
  bootstrapCluster,
} from './bootstrap-cluster/index.js';
export {
  type CertificateExpiry,
  type CertificateExpiryOptions,
  certificateExpiry,
  type ExpiryState,
} from './certificate-expiry/index.js';
export {
  type CheckedHealth,
  type CheckHealthOptions,
  type CheckHealthStep,
  checkHealth,
  type ExpectedNodes,
  type HealthCheckName,
  type HealthReport,
  type NodeHealth,
} from './check-health/index.js';
export {
  type CordonedNode,
  type CordonOptions,
  type CordonStep,
  cordon,
} from './cordon/index.js';
export {
  type ClusterDescription,
  type DescribeClusterOptions,
  type DescribeClusterStep,
  type DescribedEtcd,
  type DescribedEtcdMember,
  type DescribedNode,
  type DescribedVersions,
  describeCluster,
} from './describe-cluster/index.js';
export {
  type DiscoveredNode,
  type DiscoverNodesStep,
  discoverNodes,
} from './discover-nodes/index.js';
export {
  type DrainNodeOptions,
  type DrainResult,
  type DrainStep,
  drain,
  type EvictedPods,
  type KeptPod,
} from './drain/index.js';
export type { Drained, DrainedNode, DrainedStep, NotDrained } from './draining/drained.js';
export type { DrainOptions, KubernetesOptions } from './draining/options.js';
export {
  type ByteSource,
  type ExtractArchiveOptions,
  type ExtractArchiveStep,
  type ExtractedArchive,
  type ExtractedEntry,
  extractArchive,
  type LeftOutEntry,
} from './extract-archive/index.js';
export { type KubeconfigStep, kubeconfig } from './kubeconfig/index.js';
export type {
  KubernetesApi,
  KubernetesCall,
  KubernetesCondition,
  KubernetesMetadata,
  KubernetesNode,
  KubernetesNodePatch,
  KubernetesOwner,
  KubernetesPod,
  KubernetesPodIdentity,
  KubernetesPodQuery,
} from './kubernetes/api.js';
export {
  KubernetesApiError,
  type KubernetesCause,
  type KubernetesRefusal,
} from './kubernetes/api-error.js';
export {
  type KubeconfigOverwrite,
  type KubeconfigRename,
  type MergedKubeconfig,
  type MergeKubeconfigOptions,
  type MergeKubeconfigStep,
  mergeKubeconfig,
} from './merge-kubeconfig/index.js';
export {
  type NewMachine,
  type NewNode,
  type ProvisionedNode,
  type ProvisionOptions,
  type ProvisionStep,
  provision,
} from './provision/index.js';
export {
  type RebootOptions,
  type RebootResult,
  type RebootSettings,
  type RebootStep,
  reboot,
} from './reboot/index.js';
export {
  type RenewedTalosconfig,
  type RenewTalosconfigOptions,
  type RenewTalosconfigStep,
  renewTalosconfig,
} from './renew-talosconfig/index.js';
export {
  type MaintenanceTarget,
  type ResetNodeRequest,
  type ResetOff,
  type ResetOptions,
  type ResetRebooted,
  type ResetResult,
  type ResetStep,
  type ResetToMaintenance,
  reset,
} from './reset/index.js';
export {
  type RestoredEtcd,
  type RestoreEtcdOptions,
  type RestoreEtcdStep,
  restoreEtcd,
} from './restore-etcd/index.js';
export {
  type RollbackOptions,
  type RollbackResult,
  type RollbackStep,
  rollback,
} from './rollback/index.js';
export {
  type PlannedNode,
  type RollingCall,
  type RollingDone,
  type RollingOptions,
  type RollingPlan,
  type RollingResult,
  type RollingSettings,
  type RollingStep,
  rolling,
  type Wave,
} from './rolling/index.js';
export {
  type RollingRebootOptions,
  type RollingRebootStep,
  rollingReboot,
} from './rolling-reboot/index.js';
export {
  type RollingUpgradeOptions,
  type RollingUpgradeStep,
  rollingUpgrade,
} from './rolling-upgrade/index.js';
export type { OperationOptions } from './run/options.js';
export type {
  BytesProgress,
  NoteProgress,
  OperationProgress,
  PhaseProgress,
  StepProgress,
  WaitingProgress,
} from './run/progress.js';
export {
  type ShutdownOptions,
  type ShutdownResult,
  type ShutdownStep,
  shutdown,
} from './shutdown/index.js';
export {
  type CollectorFailure,
  type SupportBundle,
  type SupportBundleOptions,
  type SupportBundleStep,
  supportBundle,
} from './support-bundle/index.js';
export type { TrackStep } from './track/action.js';
export {
  type UncordonedNode,
  type UncordonOptions,
  type UncordonStep,
  uncordon,
} from './uncordon/index.js';
export {
  type UpgradeNodeOptions,
  type UpgradeNodeSettings,
  type UpgradeRequest,
  type UpgradeResult,
  type UpgradeStep,
  upgradeNode,
} from './upgrade-node/index.js';
