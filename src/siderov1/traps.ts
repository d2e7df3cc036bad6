import { TalosConfigError } from '../runtime/errors/config-error.js';
import type { MetadataInit } from '../runtime/metadata.js';

/** Omni's own services, which are not those of a node. */
const ofOmni = /^\/(auth|config|management|oidc|omni)\./;

/**
 * Refuses metadata with which Omni would refuse the signature, or take the call for another one.
 *
 * @throws {TalosConfigError} naming the metadata
 */
export function refuseTraps(path: string, metadata: MetadataInit): void {
  if ('fieldselectors' in metadata) {
    throw refused(
      path,
      'fieldselectors',
      'cannot be sent with a signed call: Omni looks it up under a name that gRPC does not carry',
    );
  }
  if ('authorization' in metadata) {
    throw refused(
      path,
      'authorization',
      'cannot be sent with a signed call: Omni takes it for a token of its own, and refuses others',
    );
  }
  if (!ofOmni.test(path) && [metadata.runtime ?? []].flat().length === 0) {
    throw refused(
      path,
      'runtime',
      'is missing: without "Talos" there, Omni answers with resources of its own, not of the node',
    );
  }
}

function refused(path: string, name: string, problem: string): TalosConfigError {
  return new TalosConfigError(`${path.slice(1)}: metadata.${name}: ${problem}`, {
    field: `metadata.${name}`,
  });
}
