import type { Machine } from '../../base/machine.js';
import { devOf } from './dev.js';
import { etcOf } from './etc.js';
import { type Directory, directory, symlink } from './node.js';
import { procOf } from './proc.js';
import { runOf } from './run.js';
import { sysOf } from './sys.js';
import { systemOf } from './system.js';
import { opt, usr } from './usr.js';
import { varOf } from './var.js';

/** When the files of the image were made, in milliseconds since 1970. */
const IMAGE_BUILT_AT = Date.UTC(2026, 0, 1);

/** Everything that a node shows as files. */
export function rootOf(machine: Machine): Directory {
  return directory(
    () => ({
      bin: symlink('usr/bin'),
      boot: directory({}),
      dev: devOf(machine),
      etc: etcOf(machine),
      lib: symlink('usr/lib'),
      opt,
      proc: procOf(machine),
      root: directory({}, { permissions: 0o700 }),
      run: runOf(machine),
      sbin: symlink('usr/bin'),
      sys: sysOf(machine),
      system: systemOf(machine),
      tmp: directory({}, { permissions: 0o777, modifiedAt: machine.bootedAt }),
      usr,
      var: varOf(machine),
    }),
    { modifiedAt: IMAGE_BUILT_AT, label: 'system_u:object_r:rootfs_t:s0' },
  );
}
