export {
  type CordonedNode,
  type CordonOptions,
  type CordonStep,
  cordon,
} from './cordon/index.js';
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
export { type RebootOptions, type RebootResult, type RebootStep, reboot } from './reboot/index.js';
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
  type UncordonedNode,
  type UncordonOptions,
  type UncordonStep,
  uncordon,
} from './uncordon/index.js';
