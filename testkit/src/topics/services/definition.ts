import type { Machine } from '../../base/machine.js';

/** What callers of the API may do with a service. */
export type ServiceAction = 'start' | 'stop' | 'restart';

/** What a service is and what it needs. */
export interface ServiceDefinition {
  readonly id: string;
  /** What runs it: a container, a process of its own, or a part of machined. */
  readonly runner: 'container' | 'process' | 'goroutine';
  /** Services that must be up before it starts. */
  readonly after: readonly string[];
  /** Whether there are health checks. */
  readonly checked: boolean;
  /** What the API lets callers do with it. Nothing for most. */
  readonly actions: readonly ServiceAction[];
  /** Holds it in its pre state until true; the service fails when it throws. */
  readonly prepared?: (machine: Machine) => boolean;
  /** Called when it begins to run. */
  readonly onRunning?: (machine: Machine) => void;
  /** Called when it begins to end. */
  readonly onEnding?: (machine: Machine) => void;
  /** What its health check says; absent when all is well. */
  readonly problem?: (machine: Machine) => string | undefined;
}
