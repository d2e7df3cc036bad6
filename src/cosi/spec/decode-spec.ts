import type { Resource as WireResource } from '../../../generated/features/resources.js';
import type { Kind } from '../kind.js';
import type { Release } from '../release.js';

/** The spec of a resource. */
export function decodeSpec<Spec>(
  _kind: Kind<Spec>,
  _wire: WireResource,
  _release: Release | undefined,
): Spec {
  throw new TypeError('the reading of specs follows');
}
