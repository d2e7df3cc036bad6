import type { Ended } from '../engine/memory.js';
import type { FlowFailure } from '../flow.js';
import type { NewFlow } from './flows.js';

/** What an engine on PostgreSQL does: bring flows to workers, and remember how their steps ended. */
export interface PostgresEngine {
  /** Has these flows run by some worker. Those that it has already are left alone. */
  enqueue(flows: readonly NewFlow[], signal?: AbortSignal): Promise<void>;
  /** Which of these flows will not be run any more, by other means than ours: why. */
  stopped(ids: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, FlowFailure>>;
}

/** What an engine gives to a flow that it runs. */
export interface EngineRun {
  /** As in `FlowMemory`. */
  remember(name: string, body: () => Promise<Ended>): Promise<Ended>;
  /** Whether the engine still has the flow run here. */
  isOurs(signal: AbortSignal): Promise<boolean>;
}
