import type { Machine } from '../../base/machine.js';
import { containers } from '../containers/containers.js';
import { API_SERVER_PORT, gatewayOf } from '../cosi/catalogue/plan.js';
import { services } from '../services/services.js';
import type { Endpoint, Protocol } from './endpoint.js';
import {
  ANY4,
  ANY6,
  APID_PORT,
  apiServers,
  hostPrograms,
  KUBELET_PORT,
  type Line,
  linesTo,
  type Program,
  podPrograms,
  portOf,
  TRUSTD_PORT,
} from './programs.js';

/** A socket of a node. */
export interface NodeSocket {
  readonly protocol: Protocol;
  readonly state: 'ESTABLISHED' | 'LISTEN' | 'CLOSE';
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly inode: number;
  /** Whose it is; absent when it is the kernel's. */
  readonly process: { readonly pid: number; readonly name: string } | undefined;
  /** The network namespace of the pod that it is in; empty for that of the host. */
  readonly namespace: string;
}

const LOCALHOST = '127.0.0.1';

/**
 * The sockets of a node: those that its services and containers listen on, the connections between
 * them and to other nodes, of which both ends show the same, and that of the `caller` of the API.
 */
export function socketsOf(machine: Machine, caller?: Endpoint): readonly NodeSocket[] {
  const servers = apiServers(machine.cluster);
  const programs = hostPrograms(machine, servers);
  const incoming = linesTo(machine, servers);
  const open = new Set(programs.flatMap(({ listens }) => listens.map(([, , port]) => port)));
  const host = programs.flatMap((program) => [
    ...socketsOfProgram(machine, program, '').filter(
      // Nobody is connected to what has ended on the node itself.
      ({ remote }) => remote.ip !== LOCALHOST || open.has(remote.port),
    ),
    ...acceptedBy(machine, program, incoming),
  ]);
  const inPods = podPrograms(machine).flatMap(({ program, namespace }) =>
    socketsOfProgram(machine, program, namespace),
  );
  const apid = machine.state(services).find('apid');
  const calls =
    caller === undefined || apid?.pid === undefined
      ? []
      : [
          accepted(machine, apid.pid, 'apid', {
            from: caller,
            to: { ip: machine.address, port: APID_PORT },
          }),
        ];
  return [...host, ...kernelSockets(machine), ...calls, ...inPods];
}

/** Where a caller of the API comes from: another node, or a client beyond the router. */
export function callerOf(machine: Machine, address: string): Endpoint {
  const isNode = machine.cluster.machines.some(
    (peer) => peer !== machine && peer.address === address,
  );
  const ip = isNode ? address : gatewayOf(machine);
  return { ip, port: portOf(machine, `caller/${address}`) };
}

/** The end of the overlay network, which is in the kernel. */
function kernelSockets(machine: Machine): readonly NodeSocket[] {
  const flannel = machine
    .state(containers)
    .pods.some((pod) => pod.containers.some(({ name, pid }) => name === 'kube-flannel' && pid > 0));
  if (!flannel) return [];
  return [
    {
      protocol: 'udp',
      state: 'CLOSE',
      local: { ip: ANY4, port: VXLAN_PORT },
      remote: { ip: ANY4, port: 0 },
      inode: inodeOf(machine, 'vxlan'),
      process: undefined,
      namespace: '',
    },
  ];
}

/** Where flannel's overlay network goes. */
const VXLAN_PORT = 4_789;

function socketsOfProgram(
  machine: Machine,
  { name, pid, listens, connects }: Program,
  namespace: string,
): readonly NodeSocket[] {
  const process = { pid, name };
  return [
    ...listens.map(([protocol, ip, port]): NodeSocket => {
      const isTcp = protocol.startsWith('tcp');
      return {
        protocol,
        state: isTcp ? 'LISTEN' : 'CLOSE',
        local: { ip, port },
        remote: { ip: protocol.endsWith('6') ? ANY6 : ANY4, port: 0 },
        inode: inodeOf(machine, `${namespace}/${protocol}/${ip}/${port}`),
        process,
        namespace,
      };
    }),
    ...connects.flatMap(({ from, to }): NodeSocket[] => [
      {
        protocol: 'tcp',
        state: 'ESTABLISHED',
        local: from,
        remote: to,
        inode: inodeOf(machine, `${namespace}/${from.ip}:${from.port}`),
        process,
        namespace,
      },
    ]),
  ];
}

/** The connections that a program has accepted. */
function acceptedBy(
  machine: Machine,
  { name, pid, listens }: Program,
  incoming: readonly Line[],
): readonly NodeSocket[] {
  const ports = new Set(listens.map(([, , port]) => port));
  return incoming
    .filter(({ to }) => ports.has(to.port))
    .map((line) => accepted(machine, pid, name, line));
}

function accepted(machine: Machine, pid: number, name: string, { from, to }: Line): NodeSocket {
  // Who listens on all addresses of both kinds accepts with a socket of both kinds.
  const both = [APID_PORT, TRUSTD_PORT, API_SERVER_PORT, KUBELET_PORT].includes(to.port);
  return {
    protocol: both ? 'tcp6' : 'tcp',
    state: 'ESTABLISHED',
    local: to,
    remote: from,
    inode: inodeOf(machine, `accepted/${from.ip}:${from.port}/${to.port}`),
    process: { pid, name },
    namespace: '',
  };
}

function inodeOf({ random, boots }: Machine, socket: string): number {
  return random.fork(`inode/${boots}/${socket}`).int(4_000, 99_999);
}
