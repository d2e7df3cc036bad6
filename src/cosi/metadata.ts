import type { Resource as WireResource } from '../../generated/features/resources.js';
import type { ResourceMetadata } from './resource.js';
import { timeText } from './spec/time.js';

/** The metadata of a resource as callers get it. */
export function decodeMetadata(wire: WireResource['metadata']): ResourceMetadata {
  return Object.freeze({
    namespace: wire?.namespace ?? '',
    type: wire?.type ?? '',
    id: wire?.id ?? '',
    version: wire?.version ?? 'undefined',
    owner: wire?.owner ?? '',
    phase: wire?.phase === 'tearingDown' ? 'tearingDown' : 'running',
    created: timeText(wire?.created),
    updated: timeText(wire?.updated),
    labels: Object.freeze(wire?.labels ?? {}),
    annotations: Object.freeze(wire?.annotations ?? {}),
    finalizers: Object.freeze(wire?.finalizers ?? []),
  });
}
