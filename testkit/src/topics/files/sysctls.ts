import type { Machine } from '../../base/machine.js';
import { KERNEL_RELEASE } from '../system/kernel.js';
import { type Directory, kernelDirectory, kernelFile, unreadable } from './node.js';

/** Settings that nobody changes here. */
const fixed = (value: string) => kernelFile(`${value}\n`, 0o644);

/**
 * `/proc/sys`: the settings of the kernel. One is a secret, which cannot be read while there is none:
 * a copy of the directory skips it.
 */
export function sysctlsOf(machine: Machine): Directory {
  return kernelDirectory({
    fs: kernelDirectory({ 'file-max': fixed('9223372036854775807') }),
    kernel: kernelDirectory(() => ({
      hostname: kernelFile(() => `${machine.name}\n`, 0o644),
      osrelease: kernelFile(`${KERNEL_RELEASE}\n`),
      ostype: kernelFile('Linux\n'),
      panic: fixed('10'),
      panic_on_oops: fixed('1'),
      pid_max: fixed('4194304'),
      random: kernelDirectory({
        boot_id: kernelFile(() => `${machine.bootId}\n`),
        entropy_avail: kernelFile('256\n'),
        // Another one each time.
        uuid: kernelFile(() => `${machine.randomOfCall().uuid()}\n`),
      }),
    })),
    net: kernelDirectory({
      ipv4: kernelDirectory({ ip_forward: fixed('1') }),
      ipv6: kernelDirectory({ conf: kernelDirectory({ all: ipv6(), default: ipv6() }) }),
    }),
    vm: kernelDirectory({ overcommit_memory: fixed('1'), swappiness: fixed('60') }),
  });
}

function ipv6(): Directory {
  return kernelDirectory({
    accept_ra: fixed('1'),
    forwarding: fixed('1'),
    stable_secret: unreadable('EIO', { permissions: 0o600 }),
  });
}
