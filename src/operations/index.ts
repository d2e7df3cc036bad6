export {
  type DiscoveredNode,
  type DiscoverNodesStep,
  discoverNodes,
} from './discover-nodes/index.js';
export {
  type ByteSource,
  type ExtractArchiveOptions,
  type ExtractArchiveStep,
  type ExtractedArchive,
  type ExtractedEntry,
  extractArchive,
  type LeftOutEntry,
} from './extract-archive/index.js';
export type { OperationOptions } from './run/options.js';
export type {
  BytesProgress,
  NoteProgress,
  OperationProgress,
  PhaseProgress,
  StepProgress,
  WaitingProgress,
} from './run/progress.js';
