import {
  API_SERVER_PORT,
  GATEWAY,
  KUBEPRISM_PORT,
  KUBERNETES_SERVICE_IP,
  podGatewayOf,
} from '../../cosi/catalogue/plan.js';
import { containers } from '../containers/containers.js';
import { pods } from '../kubernetes/pods.js';
import type { Machine } from '../machine.js';
import { services } from '../services/services.js';

/** The protocols that the kernel has tables of sockets for. */
export type Protocol = 'tcp' | 'tcp6' | 'udp' | 'udp6' | 'udplite' | 'udplite6' | 'raw' | 'raw6';

/** One end of a connection. */
export interface Endpoint {
  readonly ip: string;
  readonly port: number;
}

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

/** What a program has open: endpoints as `10.5.0.2:80`, and `*` for all addresses of a kind. */
interface Program {
  readonly name: string;
  readonly pid: number;
  readonly listens: readonly (readonly [protocol: Protocol, ip: string, port: number])[];
  readonly connects: readonly Line[];
}

/** A connection, by its two ends. */
interface Line {
  readonly from: Endpoint;
  readonly to: Endpoint;
}

const APID_PORT = 50_000;
const TRUSTD_PORT = 50_001;
const ETCD_CLIENT_PORT = 2_379;
const ETCD_PEER_PORT = 2_380;
const KUBELET_PORT = 10_250;

/** All IPv4 addresses, and all of both kinds. */
const ANY4 = '0.0.0.0';
const ANY6 = '::';

/**
 * The sockets of a node: those that its services and containers listen on, the connections between
 * them and to other nodes, of which both ends show the same, and that of the `caller` of the API.
 */
export function socketsOf(machine: Machine, caller?: Endpoint): readonly NodeSocket[] {
  const servers = apiServers(machine);
  const incoming = [...localLines(machine), ...linesFromOthers(machine, servers)];
  const host = hostPrograms(machine, servers).flatMap((program) => [
    ...socketsOfProgram(machine, program, ''),
    ...acceptedBy(machine, program, incoming),
  ]);
  const inPods = podPrograms(machine).flatMap(({ program, namespace }) =>
    socketsOfProgram(machine, program, namespace),
  );
  const apid = machine.state(services).find('apid');
  const calls =
    caller === undefined || apid?.pid === undefined
      ? []
      : [accepted(machine, apid.pid, 'apid', { from: caller, to: at(machine, APID_PORT) })];
  return [...host, ...kernelSockets(machine), ...calls, ...inPods];
}

/** Where a caller of the API comes from: another node, or a client beyond the router. */
export function callerOf(machine: Machine, address: string): Endpoint {
  const isNode = machine.cluster.machines.some(
    (peer) => peer !== machine && peer.address === address,
  );
  const ip = isNode ? address : GATEWAY;
  return { ip, port: portOf(machine, `caller/${address}`) };
}

function hostPrograms(machine: Machine, servers: readonly Machine[]): readonly Program[] {
  const state = machine.state(services);
  const running = (id: string, more: Omit<Program, 'name' | 'pid'>): Program[] => {
    const service = state.find(id);
    if (service?.isRunning !== true) return [];
    return [{ name: id, pid: service.pid ?? 1, ...more }];
  };
  const configured = !machine.inMaintenance;
  return [
    ...running('machined', {
      listens: [['udp', ANY4, 68], ['raw6', ANY6, 58], ...(configured ? machinedListens : [])],
      connects: kubePrism(machine, servers),
    }),
    ...running('apid', { listens: [['tcp6', ANY6, APID_PORT]], connects: [] }),
    ...running('trustd', { listens: [['tcp6', ANY6, TRUSTD_PORT]], connects: [] }),
    ...running('kubelet', {
      listens: [
        ['tcp', '127.0.0.1', 10_248],
        ['tcp6', ANY6, KUBELET_PORT],
      ],
      connects: [local(machine, 'kubelet', KUBEPRISM_PORT)],
    }),
    ...running('etcd', {
      listens: [
        ['tcp', ANY4, ETCD_CLIENT_PORT],
        ['tcp', ANY4, ETCD_PEER_PORT],
        ['tcp', '127.0.0.1', 2_381],
      ],
      connects: peersWith(machine, 'etcd').map((peer) => line(machine, peer, ETCD_PEER_PORT)),
    }),
    ...containersOnHost(machine),
  ];
}

const machinedListens: Program['listens'] = [
  ['tcp', '127.0.0.1', KUBEPRISM_PORT],
  ['tcp', '127.0.0.1', 46_017],
  ['tcp', '127.0.0.53', 53],
  ['udp', '127.0.0.53', 53],
];

/** KubePrism connects the kubelet with an API server. */
function kubePrism(machine: Machine, servers: readonly Machine[]): readonly Line[] {
  if (!isRunning(machine, 'kubelet')) return [];
  const [first] = servers;
  // The nearest is that of the node itself.
  const server = servers.includes(machine) ? machine : first;
  return server === undefined ? [] : [line(machine, server, API_SERVER_PORT)];
}

function containersOnHost(machine: Machine): readonly Program[] {
  const running = (name: string, pid: number): Program | undefined => {
    const open = containerSockets(machine, name);
    return open === undefined ? undefined : { name: name.slice(0, 15), pid, ...open };
  };
  return machine
    .state(containers)
    .pods.filter(({ networkNamespace }) => networkNamespace === undefined)
    .flatMap((pod) => pod.containers)
    .flatMap(({ name, pid }) => (pid === 0 ? [] : (running(name, pid) ?? [])));
}

function containerSockets(
  machine: Machine,
  name: string,
): Pick<Program, 'listens' | 'connects'> | undefined {
  switch (name) {
    case 'kube-apiserver':
      return {
        listens: [['tcp6', ANY6, API_SERVER_PORT]],
        connects: [1, 2, 3].map((n) => local(machine, `apiserver/${n}`, ETCD_CLIENT_PORT)),
      };
    case 'kube-controller-manager':
      return {
        listens: [['tcp', '127.0.0.1', 10_257]],
        connects: [local(machine, name, KUBEPRISM_PORT)],
      };
    case 'kube-scheduler':
      return {
        listens: [['tcp', '127.0.0.1', 10_259]],
        connects: [local(machine, name, KUBEPRISM_PORT)],
      };
    case 'kube-proxy':
      return {
        listens: [
          ['tcp', '127.0.0.1', 10_249],
          ['tcp6', ANY6, 10_256],
        ],
        connects: [local(machine, name, KUBEPRISM_PORT)],
      };
    case 'kube-flannel':
      return { listens: [], connects: [local(machine, name, KUBEPRISM_PORT)] };
    default:
      return undefined;
  }
}

function podPrograms(
  machine: Machine,
): readonly { readonly program: Program; readonly namespace: string }[] {
  return machine.state(containers).pods.flatMap((pod) => {
    const { networkNamespace: namespace } = pod;
    if (namespace === undefined) return [];
    return pod.containers.flatMap(({ name, pid }) => {
      if (pid === 0) return [];
      const ip = podAddress(machine);
      const from = { ip, port: portOf(machine, `pod/${pod.uid}`) };
      const program: Program = {
        name,
        pid,
        listens: [
          ['tcp6', ANY6, 53],
          ['tcp6', ANY6, 8_080],
          ['tcp6', ANY6, 8_181],
          ['tcp6', ANY6, 9_153],
          ['udp6', ANY6, 53],
        ],
        connects: [{ from, to: { ip: KUBERNETES_SERVICE_IP, port: 443 } }],
      };
      return [{ program, namespace }];
    });
  });
}

/** The address of the pod that a node runs besides those that use its own. */
export function podAddress(machine: Machine): string {
  return podGatewayOf(machine).replace(/\.1$/, '.2');
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
export const VXLAN_PORT = 4_789;

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

/** What the containers and services of a node have connected to on the node itself. */
function localLines(machine: Machine): readonly Line[] {
  return [
    ...(isRunning(machine, 'kubelet') ? [local(machine, 'kubelet', KUBEPRISM_PORT)] : []),
    ...containersOnHost(machine).flatMap(({ connects }) => connects),
  ];
}

/** The connections that other nodes, and the node to its own address, have made to it. */
function linesFromOthers(machine: Machine, servers: readonly Machine[]): readonly Line[] {
  const etcd = isRunning(machine, 'etcd')
    ? peersWith(machine, 'etcd').map((peer) => line(peer, machine, ETCD_PEER_PORT))
    : [];
  if (!servers.includes(machine)) return etcd;
  const kubelets = machine.cluster.machines
    .filter((peer) => reaches(peer, machine))
    .flatMap((peer) => kubePrism(peer, servers))
    .filter(({ to }) => to.ip === machine.address);
  return [...etcd, ...kubelets];
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

/** The other nodes that run a service and can be reached. */
function peersWith(machine: Machine, service: string): readonly Machine[] {
  return machine.cluster.machines.filter(
    (peer) => peer !== machine && isRunning(peer, service) && reaches(machine, peer),
  );
}

/** The nodes that serve the Kubernetes API and can be reached. */
function apiServers(machine: Machine): readonly Machine[] {
  return machine.cluster.machines.filter(
    (peer) => peer.isOn && reaches(machine, peer) && peer.state(pods).isReady('kube-apiserver-'),
  );
}

function isRunning(machine: Machine, service: string): boolean {
  return machine.isOn && machine.state(services).find(service)?.isRunning === true;
}

function reaches(from: Machine, to: Machine): boolean {
  return from.cluster.network.reaches(from.address, to.address);
}

function line(from: Machine, to: Machine, port: number): Line {
  const own = { ip: from.address, port: portOf(from, `${to.address}:${port}`) };
  return { from: own, to: at(to, port) };
}

function local(machine: Machine, name: string, port: number): Line {
  const from = { ip: '127.0.0.1', port: portOf(machine, `${name}/${port}`) };
  return { from, to: { ip: '127.0.0.1', port } };
}

function at({ address }: Machine, port: number): Endpoint {
  return { ip: address, port };
}

/** A port that the kernel gives to whoever connects; the same for a connection in one boot. */
function portOf({ random, boots }: Machine, connection: string): number {
  return random.fork(`port/${boots}/${connection}`).int(32_768, 60_999);
}

function inodeOf({ random, boots }: Machine, socket: string): number {
  return random.fork(`inode/${boots}/${socket}`).int(4_000, 99_999);
}
