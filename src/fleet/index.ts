export type {
  Child,
  ChildOutcome,
  ChildrenOptions,
  Flow,
  FlowContext,
  FlowFailure,
  StepAttempt,
  StepOptions,
} from './flow.js';
export { type JournalOptions, type JournalRunner, journalRunner } from './journal/index.js';
export type { Json } from './json.js';
export type {
  FleetRun,
  FleetRunner,
  ProgressRow,
  RunStatus,
  StartOptions,
} from './runner.js';
