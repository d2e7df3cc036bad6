import type { Shape } from 'talos-client/options';
import { record, text, texts } from 'talos-client/options';
import type { Machine } from '../../base/machine.js';
import type { AnyKind, ResourceKind } from './kind.js';

/** Metadata that a resource may be published with. */
export interface PublishOptions {
  /** Default: the namespace of the kind. */
  readonly namespace?: string;
  /** Default: the owner of the kind. */
  readonly owner?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Who holds up the removal. */
  readonly finalizers?: readonly string[];
}

export const publishShape: Shape<PublishOptions> = {
  namespace: text,
  owner: text,
  labels: record,
  annotations: record,
  finalizers: texts('mine'),
};

/** A resource as a source wants it to be. */
export interface Published extends PublishOptions {
  readonly kind: AnyKind;
  readonly id: string;
  readonly spec: unknown;
}

/**
 * Shows part of the state of a node as resources. This is how a topic gets into the resource API:
 *
 * 1. The topic says `machine.notify('services')` whenever its state has changed.
 * 2. A source in `catalogue/` (or beside the topic) names that topic and yields the resources that
 *    the state amounts to now, all of them, each time from scratch.
 * 3. The source is listed in `sources.ts`.
 *
 * What differs from before is created, updated, or torn down and destroyed, with the events that
 * watchers see; what is equal stays as it is, and costs least when it is the same object. Sources
 * only read, and topics do not import this folder, so that both may be written apart.
 *
 * @example
 * ```ts
 * export const serviceSource: ResourceSource = {
 *   kinds: [serviceKind],
 *   topics: ['services'],
 *   *resources(machine) {
 *     for (const { id, running, healthy } of machine.state(services).list()) {
 *       yield publish(serviceKind, id, { running, healthy, unknown: false });
 *     }
 *   },
 * };
 * ```
 */
export interface ResourceSource {
  /**
   * The kinds that it yields resources of. It is first asked when somebody reads one of these, so
   * that nodes nobody looks at cost nothing.
   */
  readonly kinds: readonly AnyKind[];
  /** The names whose `notify` makes the source look again. */
  readonly topics: readonly string[];
  /** Whether it looks again when other nodes of the cluster notify, too. */
  readonly clusterWide?: boolean;
  /** After how many milliseconds it looks again although nobody said so, again and again. */
  readonly everyMs?: number;
  /**
   * The resources that there are to be now. The same id of a kind comes at most once. Giving the
   * same list again says that nothing has changed. Changes that come at the same moment are looked
   * at together.
   */
  readonly resources: (machine: Machine) => Iterable<Published>;
  /**
   * Gets what `resources` needs and cannot wait for, such as a CA that is made when first used.
   * Called before each read; gives nothing when all is there. The source looks again afterwards.
   */
  readonly prepare?: (machine: Machine) => Promise<unknown> | undefined;
}

/** A resource for a source to yield, with its spec checked against the kind. */
export function publish<Spec>(
  kind: ResourceKind<Spec>,
  id: string,
  spec: Spec,
  options: PublishOptions = {},
): Published {
  return { ...options, kind, id, spec };
}
