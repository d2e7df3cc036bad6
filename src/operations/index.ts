export {
  type DiscoveredNode,
  type DiscoverNodesStep,
  discoverNodes,
} from './discover-nodes/index.js';
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
