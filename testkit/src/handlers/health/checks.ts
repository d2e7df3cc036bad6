import type { Machine } from '../../base/machine.js';
import { diagnosticKind } from '../../topics/cosi/kinds/runtime.js';
import { resources } from '../../topics/cosi/resources.js';
import { etcdOn } from '../../topics/etcd/etcd-node.js';
import type { EtcdMember } from '../../topics/etcd/member.js';
import { kubernetes } from '../../topics/kubernetes/kubernetes.js';
import { pods } from '../../topics/kubernetes/pods.js';
import { services } from '../../topics/services/services.js';
import { machineStatus } from '../../topics/system/machine-status.js';

/** One of the nodes that are to be healthy. */
export interface ExpectedNode {
  readonly address: string;
  readonly isControlPlane: boolean;
  /** The node itself; absent when there is none with that address. */
  readonly machine: Machine | undefined;
}

/** What the checks look at. */
export interface HealthSubject {
  /** The node that makes them. */
  readonly from: Machine;
  readonly nodes: readonly ExpectedNode[];
  /** Whether the caller may read secrets, which the first checks need. */
  readonly isAdmin: boolean;
}

/** One condition of a healthy cluster. */
export interface HealthCheck {
  /** What is waited for, as the progress says it. */
  readonly what: string;
  /** What is missing; absent when it holds. */
  readonly problem: (subject: HealthSubject) => string | undefined;
}

/** The checks of Talos, in their order. */
export const healthChecks: readonly HealthCheck[] = [
  {
    what: 'etcd to be healthy',
    problem: (subject) =>
      subject.isAdmin
        ? firstProblem(controlPlanes(subject), subject, serviceProblem('etcd'))
        : 'rpc error: code = PermissionDenied desc = not authorized',
  },
  {
    what: 'etcd members to be consistent across nodes',
    problem: (subject) =>
      firstProblem(controlPlanes(subject), subject, (machine) => etcdOn(machine).problem()) ??
      differentMembers(subject),
  },
  {
    what: 'etcd members to be control plane nodes',
    problem: (subject) =>
      firstProblem(controlPlanes(subject), subject, (machine) =>
        machine.type === 'controlplane' ? undefined : 'no control plane node',
      ) ?? strangeMembers(subject),
  },
  {
    what: 'apid to be ready',
    problem: (subject) => firstProblem(subject.nodes, subject, () => undefined),
  },
  // The simulated machines are large enough.
  { what: 'all nodes memory sizes', problem: () => undefined },
  { what: 'all nodes disk sizes', problem: () => undefined },
  {
    what: 'no diagnostics',
    problem: (subject) =>
      firstProblem(subject.nodes, subject, (machine) => {
        const found = machine
          .state(resources)
          .collection(diagnosticKind.namespace, diagnosticKind.type)
          .list();
        return found.length === 0
          ? undefined
          : `active diagnostics: ${found.map(({ metadata }) => metadata.id).join(', ')}`;
      }),
  },
  {
    what: 'kubelet to be healthy',
    problem: (subject) => firstProblem(subject.nodes, subject, serviceProblem('kubelet')),
  },
  {
    what: 'all nodes to finish boot sequence',
    problem: (subject) =>
      firstProblem(subject.nodes, subject, (machine) => {
        const { stage } = machine.state(machineStatus).current;
        return stage === 'RUNNING' ? undefined : `expected stage RUNNING, got ${stage}`;
      }),
  },
  {
    what: 'all k8s nodes to report',
    problem: (subject) =>
      kubernetesProblem(subject) ??
      missing(
        "can't find expected node with IPs",
        subject.nodes.filter(({ machine }) => machine && !kubernetesOf(subject).knows(machine)),
      ),
  },
  {
    what: 'all control plane static pods to be running',
    problem: (subject) => firstProblem(controlPlanes(subject), subject, staticPodProblem),
  },
  {
    what: 'all control plane components to be ready',
    problem: (subject) => firstProblem(controlPlanes(subject), subject, staticPodProblem),
  },
  {
    what: 'all k8s nodes to report ready',
    problem: (subject) =>
      kubernetesProblem(subject) ??
      missing(
        'some nodes are not ready',
        subject.nodes.filter(
          ({ machine }) => machine && kubernetesOf(subject).find(machine)?.ready !== true,
        ),
      ),
  },
  { what: 'kube-proxy to report ready', problem: podProblem('kube-proxy-') },
  { what: 'coredns to report ready', problem: dnsProblem },
  {
    what: 'all k8s nodes to report schedulable',
    problem: (subject) =>
      kubernetesProblem(subject) ??
      missing(
        'some nodes are not schedulable',
        subject.nodes.filter(
          ({ machine }) => machine && kubernetesOf(subject).find(machine)?.unschedulable !== false,
        ),
      ),
  },
];

function controlPlanes({ nodes }: HealthSubject): readonly ExpectedNode[] {
  return nodes.filter(({ isControlPlane }) => isControlPlane);
}

/** The first node with a problem; not to be reached is one. */
function firstProblem(
  nodes: readonly ExpectedNode[],
  { from }: HealthSubject,
  problem: (machine: Machine) => string | undefined,
): string | undefined {
  for (const { address, machine } of nodes) {
    const found =
      machine?.isOn === true &&
      machine.isApiUp &&
      from.cluster.network.reaches(from.address, machine.address)
        ? problem(machine)
        : 'rpc error: code = Unavailable desc = connection error';
    if (found !== undefined) return `${address}: ${found}`;
  }
  return undefined;
}

function serviceProblem(id: string): (machine: Machine) => string | undefined {
  return (machine) => {
    const service = machine.state(services).find(id);
    if (service === undefined) return `service "${id}" not found`;
    if (!service.isRunning) {
      return `service "${id}" not in expected state "Running": current state [${service.state}]`;
    }
    return service.isUp ? undefined : `service is not healthy: ${id}`;
  };
}

/** Members that one control plane knows and another does not. */
function differentMembers(subject: HealthSubject): string | undefined {
  const [first, ...others] = controlPlanes(subject).map((node) => ({
    ...node,
    members: membersAt(node),
  }));
  const known = new Set(first?.members.map(memberText));
  for (const { address, members } of others) {
    if (members.length !== known.size) {
      const names = (list: readonly EtcdMember[] = []) => list.map(({ name }) => name).join(' ');
      return `${address}: expected to have [${names(first?.members)}] members, got [${names(members)}]`;
    }
    const strange = members.find((member) => !known.has(memberText(member)));
    if (strange !== undefined) return `${address}: found unexpected etcd member ${strange.name}`;
  }
  return undefined;
}

/** Members on nodes that are not expected to have any. */
function strangeMembers(subject: HealthSubject): string | undefined {
  const nodes = controlPlanes(subject);
  const expected = nodes.map(({ address }) => address);
  const members = nodes.flatMap(membersAt).map(({ machine }) => machine.address);
  if (members.every((address) => expected.includes(address))) return undefined;
  const quoted = (list: readonly string[]) => `[${list.map((text) => `"${text}"`).join(' ')}]`;
  return (
    `etcd member ips ${quoted([...new Set(members)])} are not subset of ` +
    `control plane node ips ${quoted(expected)}`
  );
}

function membersAt({ machine }: ExpectedNode): readonly EtcdMember[] {
  const membership = machine === undefined ? undefined : etcdOn(machine).membership;
  return membership?.etcd.viewOf(membership.id).members ?? [];
}

function memberText({ id, name, isLearner }: EtcdMember): string {
  return `${id} ${name} ${isLearner}`;
}

function staticPodProblem(machine: Machine): string | undefined {
  const names = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
  const waiting = names.filter((name) => !machine.state(pods).isReady(`${name}-`));
  return waiting.length === 0 ? undefined : `missing static pods ${waiting.join(', ')}`;
}

function podProblem(prefix: string): (subject: HealthSubject) => string | undefined {
  return (subject) =>
    kubernetesProblem(subject) ??
    firstProblem(subject.nodes, subject, (machine) =>
      machine.state(pods).isReady(prefix) ? undefined : `no ready pods ${prefix}*`,
    );
}

function dnsProblem(subject: HealthSubject): string | undefined {
  const { machines } = subject.from.cluster;
  const ready = machines.some((machine) => machine.isOn && machine.state(pods).isReady('coredns-'));
  return ready ? undefined : 'no ready pods found for namespace "kube-system" and coredns';
}

function kubernetesOf({ from }: HealthSubject) {
  return from.cluster.state(kubernetes);
}

function kubernetesProblem(subject: HealthSubject): string | undefined {
  const { address } = subject.from;
  return kubernetesOf(subject).isUp
    ? undefined
    : `Get "https://${address}:6443/api/v1/nodes": connect: connection refused`;
}

function missing(problem: string, nodes: readonly ExpectedNode[]): string | undefined {
  return nodes.length === 0
    ? undefined
    : `${problem}: [${nodes.map(({ address }) => address).join(' ')}]`;
}
