import { resources } from '../../generated/features/resources.js';
import type { CallOptions } from '../runtime/call-options.js';
import { TalosRpcError } from '../runtime/errors/rpc-error.js';
import type { Target } from '../runtime/target.js';

/** A release of Talos without its patch: `1.14`. */
export type Release = string;

/**
 * The release that a node runs now. Absent when it does not tell: before Talos 1.12, and when
 * `target` is not a named node, since another node may answer the next call.
 */
export async function readRelease(
  target: Target,
  options?: Pick<CallOptions, 'signal' | 'timeoutMs'>,
): Promise<Release | undefined> {
  if (target.address === undefined) return undefined;
  try {
    const { resource } = await resources(target).get(
      { namespace: 'runtime', type: 'Versions.runtime.talos.dev', id: 'version' },
      options,
    );
    return releaseOf(resource?.spec?.yamlSpec ?? '');
  } catch (error) {
    if (!(error instanceof TalosRpcError)) throw error;
    // A node without the kind says that it is not allowed.
    if (error.status === 'permission-denied' || error.status === 'not-found') return undefined;
    throw error;
  }
}

function releaseOf(yaml: string): Release | undefined {
  return /^version: *['"]?v?(\d+\.\d+)\./m.exec(yaml)?.[1];
}
