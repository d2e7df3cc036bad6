import {
  checkLastingTarget,
  machineParts,
  type ReconnectOptions,
  type ReconnectParts,
  reconnectSettings,
} from '../../reconnect/index.js';
import { record, signal, text } from '../../runtime/arguments/kinds.js';
import type { Shape } from '../../runtime/arguments/options.js';
import type { Target } from '../../runtime/target.js';
import type { Kind } from '../kind.js';
import type { WatchSetup } from './watch-batches.js';

/** Which resources are watched, and how. */
export interface WatchOptions {
  /** Ends the watch, which then rejects with the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
  /** The namespace. Default: that of the kind. */
  readonly namespace?: string | undefined;
  /** The id of a single resource. Default: all resources of the kind. */
  readonly id?: string | undefined;
  /** How lost connections are replaced. */
  readonly reconnect?: ReconnectOptions | undefined;
}

export const watchShape: Shape<WatchOptions> = {
  signal,
  namespace: text,
  id: text,
  reconnect: record,
};

/**
 * What a watch of `kind` on `target` is made with.
 *
 * @param what the function that was called, for errors
 * @throws {TalosConfigError} when the target is no named node, or an option cannot be used
 */
export function watchSetup<Spec>(
  target: Target,
  kind: Kind<Spec>,
  options: WatchOptions,
  { what, parts = machineParts }: { readonly what: string; readonly parts?: ReconnectParts },
): WatchSetup<Spec> {
  const { namespace = kind.namespace, id, reconnect } = options;
  return {
    node: checkLastingTarget(target, what),
    kind,
    namespace,
    id,
    settings: reconnectSettings(reconnect),
    parts,
  };
}
