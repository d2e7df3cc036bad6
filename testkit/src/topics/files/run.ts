import type { Machine } from '../../base/machine.js';
import { containers } from '../containers/containers.js';
import { podGatewayOf } from '../cosi/catalogue/plan.js';
import { services } from '../services/services.js';
import { type Directory, directory, type FileNode, file, special } from './node.js';

const socket: FileNode = special('socket', 0o660);

/** `/run`: sockets and what else lives as long as the boot. */
export function runOf(machine: Machine): Directory {
  const isUp = (id: string) => machine.state(services).isRunning(id);
  return directory(
    () => ({
      containerd: directory(isUp('cri') ? { 'containerd.sock': socket } : {}),
      ...(machine.type === undefined ? {} : { flannel: flannelOf(machine) }),
      lock: directory({}),
      udev: directory({ control: socket, data: directory({}) }),
    }),
    { modifiedAt: machine.bootedAt, label: 'system_u:object_r:run_t:s0' },
  );
}

function flannelOf(machine: Machine): Directory {
  const isThere = machine
    .state(containers)
    .pods.some((pod) => pod.containers.some(({ name }) => name === 'kube-flannel'));
  const lines = [
    'FLANNEL_NETWORK=10.244.0.0/16',
    `FLANNEL_SUBNET=${podGatewayOf(machine)}/24`,
    'FLANNEL_MTU=1450',
    'FLANNEL_IPMASQ=true',
  ];
  return directory(isThere ? { 'subnet.env': file(`${lines.join('\n')}\n`) } : {});
}
