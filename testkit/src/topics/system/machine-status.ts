import type { Machine, MachineStage } from '../../base/machine.js';
import type { Timer } from '../../base/time/clock.js';
import { defineTopic } from '../../base/topic.js';
import { events } from '../events/events.js';
import { kubernetes } from '../kubernetes/kubernetes.js';
import { pods } from '../kubernetes/pods.js';
import { services } from '../services/services.js';

/** Something that a node waits for before it is ready. */
export interface UnmetCondition {
  readonly name: string;
  readonly reason: string;
}

/** How far a node is, and what is missing. */
export interface Status {
  readonly stage: MachineStage;
  readonly ready: boolean;
  readonly unmetConditions: readonly UnmetCondition[];
}

/** What makes the node look at its status again. */
const watched: ReadonlySet<string> = new Set(['machine', 'services', 'pods', 'kubernetes']);

/** Conditions change many at a time; they are told when they have settled for so long. */
const SETTLE_MS = 10;

/**
 * Keeps the status of a node, and tells each change of it as an event. Notifies `status`.
 */
export class MachineStatus {
  readonly #machine: Machine;
  readonly #stopListening: () => void;
  #current: Status;
  #settling: Timer | undefined;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#current = statusOf(machine);
    this.#tell();
    this.#stopListening = machine.onChange((topic) => {
      if (watched.has(topic)) this.#look();
    });
  }

  get current(): Status {
    return this.#current;
  }

  #look(): void {
    // The last words of a boot are not its status.
    if (!this.#machine.isOn) return;
    if (this.#machine.stage !== this.#current.stage) this.#update();
    else this.#settling ??= this.#machine.clock.setTimer(SETTLE_MS, () => this.#update());
  }

  #update(): void {
    this.#settling?.cancel();
    this.#settling = undefined;
    const next = statusOf(this.#machine);
    if (JSON.stringify(next) === JSON.stringify(this.#current)) return;
    this.#current = next;
    this.#tell();
    this.#machine.notify('status');
  }

  #tell(): void {
    const { stage, ready, unmetConditions } = this.#current;
    this.#machine.state(events).emit({
      case: 'machineStatus',
      value: { stage, status: { ready, unmetConditions } },
    });
  }

  /** Ends with the boot. */
  stop(): void {
    this.#stopListening();
  }
}

function statusOf(machine: Machine): Status {
  const { stage } = machine;
  const unmetConditions = [...unmet(machine)];
  return { stage, ready: unmetConditions.length === 0 && isSettled(stage), unmetConditions };
}

function isSettled(stage: MachineStage): boolean {
  return stage === 'RUNNING' || stage === 'MAINTENANCE';
}

function* unmet(machine: Machine): Generator<UnmetCondition> {
  if (machine.stage !== 'RUNNING' && machine.stage !== 'BOOTING') return;
  const down = machine
    .state(services)
    .list()
    .filter(({ isUp, state }) => !isUp && state !== 'Finished' && state !== 'Skipped');
  if (down.length > 0) {
    const reason = down.map(
      ({ id, isRunning }) => `${id} ${isRunning ? 'not healthy' : 'not running'}`,
    );
    yield { name: 'services', reason: reason.join(', ') };
  }
  if (machine.inMaintenance) return;
  const missing = machine.state(pods).missing();
  if (missing.length > 0) {
    yield { name: 'staticPods', reason: missing.map((name) => `${name} not ready`).join(', ') };
  }
  const node = machine.cluster.state(kubernetes).find(machine);
  if (node?.ready !== true) {
    const reason =
      node === undefined
        ? `node "${machine.name}" status is not available yet`
        : `node "${machine.name}" is not ready`;
    yield { name: 'nodeReady', reason };
  }
}

/** The status of a node. */
export const machineStatus = defineTopic({
  name: 'status',
  lifetime: 'boot',
  create: (machine: Machine) => new MachineStatus(machine),
});
