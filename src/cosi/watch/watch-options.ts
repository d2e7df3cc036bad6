import {
  checkLastingTarget,
  machineParts,
  type ReconnectOptions,
  type ReconnectParts,
  reconnectSettings,
} from '../../reconnect/index.js';
import { callback, record, signal, text } from '../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import type { Target } from '../../runtime/target.js';
import { checkKind } from '../check-kind.js';
import type { Kind } from '../kind.js';
import { queriesOf, queryShape, type ResourceQuery } from '../query.js';
import type { Resource } from '../resource.js';
import type { WatchSetup } from './watch-batches.js';

/** Which resources are watched, and how. */
export interface WatchOptions<Spec = unknown> extends ResourceQuery {
  /** Ends the watch, which then rejects with the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
  /** The namespace. Default: that of the kind. */
  readonly namespace?: string | undefined;
  /** The id of a single resource. Default: all resources of the kind. */
  readonly id?: string | undefined;
  /**
   * Which resources to keep; called here for each that the node sends. One that no longer fits is told
   * as `destroyed`.
   */
  readonly where?: ((resource: Resource<Spec>) => boolean) | undefined;
  /** How lost connections are replaced. */
  readonly reconnect?: ReconnectOptions | undefined;
}

export const watchShape: Shape<WatchOptions<never>> = {
  signal,
  namespace: text,
  id: text,
  ...queryShape,
  where: callback,
  reconnect: record,
};

/**
 * What a watch of `kind` on `target` is made with.
 *
 * @throws {TalosConfigError} when the target is no named node, or an option cannot be used
 */
export function watchSetup<Spec>(
  target: Target,
  kind: Kind<Spec>,
  options: WatchOptions<Spec>,
  { what, shape, parts = machineParts }: WatchCall,
): WatchSetup<Spec> {
  checkKind(kind, what);
  checkOptions(options, shape as Shape<WatchOptions<Spec>>, what);
  const { namespace = kind.namespace, id, labels, idPattern, where, reconnect } = options;
  if (id !== undefined && (labels !== undefined || idPattern !== undefined)) {
    throw new TalosConfigError(`${what}: id: with an id there is nothing to filter by`, {
      field: 'id',
    });
  }
  return {
    node: checkLastingTarget(target, what),
    kind,
    namespace,
    id,
    query: queriesOf({ labels, idPattern }, what),
    where,
    settings: reconnectSettings(reconnect),
    parts,
  };
}

/** Who asks for a watch. */
export interface WatchCall {
  /** The function that was called, for errors. */
  readonly what: string;
  /** Which options it takes. */
  readonly shape: Shape<WatchOptions<never>> | Shape<Omit<WatchOptions<never>, 'signal'>>;
  /** Time and chance, for tests. */
  readonly parts?: ReconnectParts | undefined;
}
