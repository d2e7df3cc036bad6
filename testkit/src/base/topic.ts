/** Part of the state of a node or of the cluster: its services, its disks, its etcd. */
export interface Topic<Owner, State> {
  readonly name: string;
  /**
   * How long the state lasts: `boot` is gone when the node goes down, like memory; `always` stays,
   * like a disk.
   */
  readonly lifetime: 'boot' | 'always';
  /** Makes the state as it is at first, when it is first asked for. */
  readonly create: (owner: Owner) => State;
}

/** State that must do something when its lifetime ends, such as ending a follower. */
export interface Stoppable {
  stop(): void;
}

/**
 * Defines a topic. Each is a module of its own, so that the frame knows none of them:
 *
 * @example
 * ```ts
 * export const meta = defineTopic({
 *   name: 'meta',
 *   lifetime: 'always',
 *   create: (machine: Machine) => new Meta(machine),
 * });
 * machine.state(meta).write(10, 'value');
 * ```
 */
export function defineTopic<Owner, State>(topic: Topic<Owner, State>): Topic<Owner, State> {
  return topic;
}

/** The topics of one owner, made when first asked for. */
export class TopicStates<Owner> {
  readonly #owner: Owner;
  readonly #states = new Map<Topic<Owner, unknown>, unknown>();

  constructor(owner: Owner) {
    this.#owner = owner;
  }

  get<State>(topic: Topic<Owner, State>): State {
    if (!this.#states.has(topic)) this.#states.set(topic, topic.create(this.#owner));
    return this.#states.get(topic) as State;
  }

  /** Ends the states of a lifetime, or all of them. */
  end(lifetime?: 'boot'): void {
    for (const [topic, state] of [...this.#states]) {
      if (lifetime !== undefined && topic.lifetime !== lifetime) continue;
      this.#states.delete(topic);
      if (isStoppable(state)) state.stop();
    }
  }
}

function isStoppable(state: unknown): state is Stoppable {
  return typeof state === 'object' && state !== null && 'stop' in state;
}
