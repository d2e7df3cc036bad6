import { resources } from '../../generated/features/resources.js';
import type { CallOptions } from '../runtime/call-options.js';
import type { Target } from '../runtime/target.js';

/** The namespaces that a node has. */
export async function nodeNamespaces(
  target: Target,
  options: CallOptions,
): Promise<readonly string[]> {
  const found: string[] = [];
  const request = { namespace: 'meta', type: 'Namespaces.meta.cosi.dev' };
  for await (const { resource } of resources(target).list(request, options)) {
    if (resource?.metadata !== undefined) found.push(resource.metadata.id);
  }
  return found;
}
