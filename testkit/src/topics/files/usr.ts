import { extensions } from '../services/definitions.js';
import { KERNEL_RELEASE } from '../system/kernel.js';
import { type Directory, directory, file } from './node.js';
import { programs } from './programs.js';

/** `/usr`: what the image of Talos has of programs, and what extensions add. */
export const usr: Directory = directory({
  bin: directory(
    programs({
      containerd: 812,
      'containerd-shim-runc-v2': 226,
      dashboard: 4,
      init: 2_048,
      runc: 304,
      udevadm: 41,
      xfs_growfs: 12,
    }),
    { label: 'system_u:object_r:bin_exec_t:s0' },
  ),
  etc: directory({}),
  include: directory({}),
  lib: directory({
    firmware: directory({}),
    'libc.so': file('INPUT(ld-musl-x86_64.so.1)\n'),
    modules: directory({
      [KERNEL_RELEASE]: directory({
        'modules.builtin': file('kernel/fs/xfs/xfs.ko\nkernel/drivers/net/virtio_net.ko\n'),
        'modules.dep': file(''),
      }),
    }),
  }),
  libexec: directory({ kubernetes: directory({}) }),
  local: directory({
    bin: directory(programs(Object.fromEntries(extensions.map(({ name }) => [name, 36])))),
    etc: directory({
      containers: directory(
        Object.fromEntries(
          extensions.map(({ name }) => [
            `${name}.yaml`,
            file(
              `name: ${name}\ncontainer:\n  entrypoint: /usr/local/bin/${name}\nrestart: always\n`,
            ),
          ]),
        ),
      ),
    }),
  }),
  share: directory({ zoneinfo: directory({ UTC: file('TZif2') }) }),
});

/** `/opt`: the plugins of the pod network. */
export const opt: Directory = directory({
  cni: directory({
    bin: directory(
      programs({ bridge: 92, flannel: 61, 'host-local': 74, loopback: 52, portmap: 70 }),
    ),
  }),
  containerd: directory({ bin: directory({}), lib: directory({}) }),
});
