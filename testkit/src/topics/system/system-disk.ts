import type { Machine } from '../../base/machine.js';
import { config } from '../config/config.js';
import { etcdOn } from '../etcd/etcd-node.js';
import { files } from '../files/files.js';
import { images } from '../images/images.js';
import { installation } from './installation.js';
import { meta } from './meta.js';

/** Leaves nothing on the system disk. */
export function wipeSystemDisk(machine: Machine): undefined {
  wipeVolumes(machine, ['META', 'STATE', 'EPHEMERAL']);
  machine.state(installation).wipe();
}

/** Leaves nothing in some volumes of the system disk. */
export function wipeVolumes(machine: Machine, volumes: readonly string[]): undefined {
  for (const volume of volumes) wipes[volume]?.(machine);
}

/** What is lost with a volume. */
const wipes: Readonly<Record<string, (machine: Machine) => void>> = {
  META: (machine) => machine.state(meta).wipe(),
  STATE: (machine) => {
    machine.state(config).wipe();
    machine.state(files).wipe('/system/state');
  },
  EPHEMERAL: (machine) => {
    etcdOn(machine).wipe();
    machine.state(files).wipe('/var');
    machine.state(images).wipe();
  },
};
