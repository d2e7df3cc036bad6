import { GeneratedStream, type ReconnectParts } from '../../reconnect/index.js';
import type { TalosStream } from '../../runtime/stream.js';
import { route, type Target } from '../../runtime/target.js';
import type { Kind } from '../kind.js';
import { watchBatches } from './watch-batches.js';
import type { WatchEvent } from './watch-event.js';
import { type WatchOptions, watchSetup, watchShape } from './watch-options.js';

/**
 * Watches the resources of a kind on one node: first what there is, as `created`, then `synced`, and
 * then every change. It goes on when connections are lost, endpoints change and the node is rebooted.
 * It ends when it is left, when its signal is aborted, and with an error that no other connection
 * mends, such as a missing permission.
 *
 * @param parts time and chance, for tests
 * @throws {TalosConfigError} when `target` is no named node: two nodes would be mixed
 */
export function watchResources<Spec>(
  target: Target,
  kind: Kind<Spec>,
  options: WatchOptions<Spec> = {},
  parts?: ReconnectParts,
): TalosStream<WatchEvent<Spec>> {
  const setup = watchSetup(target, kind, options, { what: 'watch', shape: watchShape, parts });
  const signals = [options.signal, target[route]().signal];
  return new GeneratedStream('a watch', signals, async function* (signal) {
    for await (const batch of watchBatches(setup, signal)) {
      for (const event of batch) yield event;
    }
  });
}
