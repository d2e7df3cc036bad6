import { files } from '../../generated/features/files.js';
import { resources } from '../../generated/features/resources.js';
import type { CallOptions } from '../runtime/call-options.js';
import { isTalosError } from '../runtime/errors/any-error.js';
import { text } from '../runtime/streams/collect.js';
import type { Target } from '../runtime/target.js';

/** Where Talos 1.14 and later tell the id of the boot. */
const pointer = { namespace: 'runtime', type: 'BootIDs.runtime.talos.dev', id: 'boot-id' };

/** Where the kernel tells it. Only admins may read files. */
const path = '/proc/sys/kernel/random/boot_id';

/**
 * The id that the kernel of a node made at its boot. Gives nothing where the node answers but does
 * not tell: before Talos 1.14, it tells admins only.
 *
 * @throws {TalosRpcError} when the node does not answer
 */
export async function readBootId(node: Target, options: CallOptions): Promise<string | undefined> {
  try {
    const { resource } = await resources(node).get(pointer, options);
    const [, bootId] = /^bootID: *['"]?([^'"\s]+)/m.exec(resource?.spec?.yamlSpec ?? '') ?? [];
    return bootId;
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
  try {
    return (await text(files(node).read({ path }, options))).trim();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return undefined;
  }
}

/** Whether the node itself said no, and so is there. */
function isRefusal(error: unknown): boolean {
  if (!isTalosError(error) || error.code !== 'rpc') return false;
  switch (error.status) {
    case 'permission-denied':
    case 'not-found':
    case 'unimplemented':
    case 'unknown':
      return true;
    default:
      return false;
  }
}
