import type { Cluster, Machine } from '../../base/machine.js';
import { containers } from '../containers/containers.js';
import { API_SERVER_PORT, KUBEPRISM_PORT, KUBERNETES_SERVICE_IP } from '../cosi/catalogue/plan.js';
import { pods } from '../kubernetes/pods.js';
import { services } from '../services/services.js';
import type { Endpoint, Protocol } from './endpoint.js';

/** What a program has open: where it listens, and to whom it is connected. */
export interface Program {
  readonly name: string;
  readonly pid: number;
  readonly listens: readonly (readonly [protocol: Protocol, ip: string, port: number])[];
  readonly connects: readonly Line[];
}

/** A connection: who made it, and to whom. */
export interface Line {
  readonly from: Endpoint;
  readonly to: Endpoint;
}

export const APID_PORT = 50_000;
export const TRUSTD_PORT = 50_001;
const ETCD_CLIENT_PORT = 2_379;
const ETCD_PEER_PORT = 2_380;
export const KUBELET_PORT = 10_250;

/** All IPv4 addresses. */
export const ANY4 = '0.0.0.0';

/** All addresses of both kinds. */
export const ANY6 = '::';

/** What the services of a node have open, and the containers that use its network. */
export function hostPrograms(machine: Machine, servers: readonly Machine[]): readonly Program[] {
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
  // The nearest is that of the node itself.
  const server = servers.includes(machine)
    ? machine
    : servers.find((other) => reaches(machine, other));
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

const dnsListens: Program['listens'] = [
  ['tcp6', ANY6, 53],
  ['tcp6', ANY6, 8_080],
  ['tcp6', ANY6, 8_181],
  ['tcp6', ANY6, 9_153],
  ['udp6', ANY6, 53],
];

/** Where pods find the Kubernetes API. */
const apiService: Endpoint = { ip: KUBERNETES_SERVICE_IP, port: 443 };

/** What runs in pods with a network of their own, and the name of that network. */
export function podPrograms(
  machine: Machine,
): readonly { readonly program: Program; readonly namespace: string }[] {
  return machine.state(containers).pods.flatMap((pod) => {
    const { networkNamespace: namespace } = pod;
    if (namespace === undefined) return [];
    return pod.containers.flatMap(({ name, pid }) => {
      if (pid === 0) return [];
      const from = { ip: pod.address, port: portOf(machine, `pod/${pod.uid}`) };
      const program: Program = {
        name,
        pid,
        ...(name === 'coredns'
          ? { listens: dnsListens, connects: [{ from, to: apiService }] }
          : { listens: [], connects: [] }),
      };
      return [{ program, namespace }];
    });
  });
}

/** What the containers and services of a node have connected to on the node itself. */
function localLines(machine: Machine): readonly Line[] {
  return [
    ...(isRunning(machine, 'kubelet') ? [local(machine, 'kubelet', KUBEPRISM_PORT)] : []),
    ...containersOnHost(machine).flatMap(({ connects }) => connects),
  ];
}

/** The connections that were made to the programs of a node: on itself, and by other nodes. */
export function linesTo(machine: Machine, servers: readonly Machine[]): readonly Line[] {
  return [...localLines(machine), ...linesFromOthers(machine, servers)];
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

/** The other nodes that run a service and can be reached. */
function peersWith(machine: Machine, service: string): readonly Machine[] {
  return machine.cluster.machines.filter(
    (peer) => peer !== machine && isRunning(peer, service) && reaches(machine, peer),
  );
}

/** The nodes that serve the Kubernetes API. */
export function apiServers({ machines }: Cluster): readonly Machine[] {
  return machines.filter((peer) => peer.isOn && peer.state(pods).isReady('kube-apiserver-'));
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
export function portOf({ random, boots }: Machine, connection: string): number {
  return random.fork(`port/${boots}/${connection}`).int(32_768, 60_999);
}
