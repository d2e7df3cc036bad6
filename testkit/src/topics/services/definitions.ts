import type { Machine } from '../../base/machine.js';
import { config } from '../config/config.js';
import { etcdOn } from '../etcd/etcd-node.js';
import type { ServiceDefinition } from './definition.js';
import { services } from './services.js';

function define(
  id: string,
  runner: ServiceDefinition['runner'],
  after: readonly string[],
  more: Partial<ServiceDefinition> = {},
): ServiceDefinition {
  return { id, runner, after, checked: true, actions: [], ...more };
}

const containerd = define('containerd', 'process', []);
const cri = define('cri', 'process', []);
const etcd = define('etcd', 'container', ['cri'], {
  prepared: (machine) => etcdOn(machine).prepare(),
  onRunning: (machine) => etcdOn(machine).start(),
  problem: (machine) => etcdOn(machine).problem(),
});

/** Services of every node, with a configuration or without. */
export const earlyServices = {
  machined: define('machined', 'goroutine', []),
  auditd: define('auditd', 'goroutine', []),
  syslogd: define('syslogd', 'goroutine', []),
  udevd: define('udevd', 'process', []),
  containerd,
  dashboard: define('dashboard', 'process', [], { checked: false }),
} as const;

/** The one that serves the API. */
export const apid: ServiceDefinition = define('apid', 'container', ['containerd'], {
  prepared: (machine) => machine.state(config).isLoading && hasIssuer(machine),
  onRunning: (machine) => machine.setApiUp(true),
  onEnding: (machine) => machine.setApiUp(false),
});

/** Whether the certificate of the API can be issued: workers get theirs from trustd. */
function hasIssuer({ identity, cluster }: Machine): boolean {
  if (identity?.type !== 'worker') return true;
  return cluster.machines.some(
    (peer) =>
      peer.isOn &&
      peer.type === 'controlplane' &&
      peer.identity?.trust.id === identity.trust.id &&
      peer.state(services).isUp('trustd'),
  );
}

/** The services that the boot of a configured node starts. */
export function bootServices(machine: Machine): readonly ServiceDefinition[] {
  const common = [
    cri,
    define('kubelet', 'container', ['cri'], { actions: ['start', 'restart'] }),
    ...extensions.map(({ name }) =>
      define(`ext-${name}`, 'container', ['cri'], {
        checked: false,
        actions: ['start', 'stop', 'restart'],
      }),
    ),
  ];
  return machine.type === 'controlplane'
    ? [...common, define('trustd', 'container', ['containerd']), etcd]
    : common;
}

/** A system extension with a service. */
export interface Extension {
  readonly name: string;
  readonly version: string;
  readonly author: string;
  readonly description: string;
}

/** The system extensions in the image of every node. */
export const extensions: readonly Extension[] = [
  {
    name: 'qemu-guest-agent',
    version: '10.2.0',
    author: 'Talos simulation',
    description: 'Lets the hypervisor talk to the machine.',
  },
];
