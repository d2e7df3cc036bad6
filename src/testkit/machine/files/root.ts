import type { Machine } from '../machine.js';
import { etcOf } from './etc.js';
import { type Directory, directory, symlink } from './node.js';
import { procOf } from './proc.js';

/** When the files of the image were made, in milliseconds since 1970. */
const IMAGE_BUILT_AT = Date.UTC(2026, 6, 1);

/** Everything that a node shows as files. */
export function rootOf(machine: Machine): Directory {
  return directory(
    () => ({
      etc: etcOf(machine),
      lib: symlink('usr/lib'),
      proc: procOf(machine),
    }),
    { modifiedAt: IMAGE_BUILT_AT, label: 'system_u:object_r:rootfs_t:s0' },
  );
}
