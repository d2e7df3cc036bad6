import type { Kind } from '../../../src/cosi/kind.js';
import type { Resource } from '../../../src/cosi/resource.js';
import type { ResourceChange, WatchEvent } from '../../../src/cosi/watch/watch-event.js';
import type { SimulatedNode } from '../../../testkit/src/cluster/node.js';
import { diagnosticKind } from '../../../testkit/src/topics/cosi/kinds/runtime.js';
import type { Content } from '../../../testkit/src/topics/cosi/resource.js';

/** What a diagnostic tells. */
export interface DiagnosticSpec {
  readonly message: string;
}

/** A kind that tests may write as they like: nothing in the simulation writes it. */
export const diagnostic: Kind<DiagnosticSpec> = {
  type: 'Diagnostics.runtime.talos.dev',
  namespace: 'runtime',
  aliases: [],
  sensitive: false,
};

/** Creates or changes a diagnostic of a node. */
export function put(node: SimulatedNode, id: string, message: string): void {
  node.resources.put(diagnosticKind, id, { message, details: [] });
}

/** Removes one: it is torn down, and then destroyed. */
export function remove(node: SimulatedNode, id: string): void {
  node.resources.remove(diagnosticKind, id);
}

/** The diagnostics of a node, in words that tell each state from every other. */
export function stateOf(node: SimulatedNode): Record<string, string> {
  const { namespace, type } = diagnostic;
  return Object.fromEntries(
    node.resources
      .collection(namespace, type)
      .list()
      .map(({ metadata, content }) => {
        const { message } = (content as Content).spec as DiagnosticSpec;
        return [metadata.id, `${message} v${metadata.version} ${metadata.phase}`];
      }),
  );
}

/**
 * Takes the events of a watch as a reader does who believes them, and refuses those that do not fit
 * what was told before.
 */
export class Replay {
  readonly #resources = new Map<string, Resource<DiagnosticSpec>>();
  /** Each change as text, in order. */
  readonly changes: string[] = [];
  /** The other events, by their types. */
  readonly marks: string[] = [];

  /** What there is according to the events, in the words of `stateOf`. */
  get state(): Record<string, string> {
    return Object.fromEntries(
      [...this.#resources]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([id, it]) => [id, textOf(it)]),
    );
  }

  take(event: WatchEvent<DiagnosticSpec>): void {
    switch (event.type) {
      case 'created':
      case 'updated':
      case 'destroyed':
        this.#apply(event);
        break;
      case 'relisting':
        this.marks.push(`relisting ${event.reason}`);
        break;
      default:
        this.marks.push(event.type);
    }
  }

  #apply(change: ResourceChange<DiagnosticSpec>): void {
    const { id } = change.resource.metadata;
    const known = this.#resources.get(id);
    this.changes.push(`${change.type} ${id} ${textOf(change.resource)}`);
    const { type } = change;
    if (type === 'created' && known !== undefined) throw new Error(`${id} was created twice`);
    if (type !== 'created' && known === undefined)
      throw new Error(`${type} ${id}: it was not there`);
    if (type === 'updated' && change.old !== known) {
      throw new Error(`${id}: another state before the update than was told`);
    }
    if (type === 'destroyed') this.#resources.delete(id);
    else this.#resources.set(id, change.resource);
  }
}

function textOf({ metadata, spec }: Resource<DiagnosticSpec>): string {
  return `${spec.message} v${metadata.version} ${metadata.phase}`;
}
