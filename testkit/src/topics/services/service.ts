import type { Play } from '../../base/time/script.js';
import type { ServiceDefinition } from './definition.js';

/** The states of a service, as `ServiceInfo.state` names them. */
export type ServiceState =
  | 'Initialized'
  | 'Preparing'
  | 'Waiting'
  | 'Starting'
  | 'Running'
  | 'Stopping'
  | 'Finished'
  | 'Failed'
  | 'Skipped';

/** One entry of the history of a service. */
export interface ServiceHistoryEntry {
  readonly state: ServiceState;
  readonly message: string;
  /** In milliseconds since 1970. */
  readonly at: number;
}

/** What the last health check of a service said. */
export interface ServiceHealthState {
  /** Whether there has been no check; those of some services never come. */
  readonly unknown: boolean;
  readonly healthy: boolean;
  readonly message: string;
  /** When it changed last, in milliseconds since 1970; absent while it never did. */
  readonly changedAt: number | undefined;
}

/** How many entries the history of a service has at most. */
const HISTORY = 64;

const unknownHealth: ServiceHealthState = {
  unknown: true,
  healthy: false,
  message: '',
  changedAt: undefined,
};

/** One service of a node. Changed by `Services` alone. */
export class Service {
  readonly definition: ServiceDefinition;
  state: ServiceState = 'Initialized';
  health: ServiceHealthState = unknownHealth;
  /** The id of its process; absent while it has none of its own. */
  pid: number | undefined;
  /** When its process started, in milliseconds since 1970. */
  startedAt: number | undefined;
  /** What it is doing now, if that takes time. */
  play: Play | undefined;
  readonly #history: ServiceHistoryEntry[] = [];

  constructor(definition: ServiceDefinition) {
    this.definition = definition;
  }

  get id(): string {
    return this.definition.id;
  }

  /** What happened last, newest last. */
  get history(): readonly ServiceHistoryEntry[] {
    return this.#history;
  }

  get isRunning(): boolean {
    return this.state === 'Running';
  }

  /** Whether it runs and, if there are checks, is healthy: what other services wait for. */
  get isUp(): boolean {
    return this.isRunning && (this.health.healthy || !this.definition.checked);
  }

  /** Whether it has come to an end, or never began. */
  get isDown(): boolean {
    return ['Initialized', 'Finished', 'Failed', 'Skipped'].includes(this.state);
  }

  note(entry: ServiceHistoryEntry): void {
    this.#history.push(entry);
    if (this.#history.length > HISTORY) this.#history.shift();
  }

  forgetHealth(): void {
    this.health = unknownHealth;
  }
}
