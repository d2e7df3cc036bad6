import type { Machine } from '../../base/machine.js';
import type { NodeContainer, NodePod } from '../containers/container.js';
import { containers } from '../containers/containers.js';
import { etcdOn } from '../etcd/etcd-node.js';
import { installation } from '../system/installation.js';
import { type Directory, directory, type FileNode, file, largeFile, symlink } from './node.js';

/** `/var`: the EPHEMERAL partition, empty while there is none. */
export function varOf(machine: Machine): Directory {
  const attributes = {
    modifiedAt: machine.bootedAt,
    label: 'system_u:object_r:ephemeral_t:s0',
  };
  if (machine.inMaintenance || !machine.state(installation).isInstalled) {
    return directory({ run: symlink('/run') }, attributes);
  }
  return directory(
    () => ({
      lib: directory(() => ({
        cni: directory({ networks: directory({}) }),
        containerd: directory({
          'io.containerd.content.v1.content': directory({}),
          'io.containerd.snapshotter.v1.overlayfs': directory(
            {},
            { xattrs: { 'trusted.overlay.opaque': Buffer.from('y') } },
          ),
        }),
        etcd: etcdOf(machine),
        kubelet: kubeletOf(machine),
      })),
      log: logOf(machine),
      mnt: directory({}),
      run: symlink('/run'),
    }),
    attributes,
  );
}

/** The data directory of etcd; its database is what a snapshot has, without the digest. */
function etcdOf(machine: Machine): Directory {
  const label = 'system_u:object_r:etcd_data_t:s0';
  const etcd = etcdOn(machine);
  if (!etcd.hasData) return directory({}, { label, permissions: 0o700 });
  const database = largeFile(
    () => Number(etcd.status().dbSize),
    () => Buffer.concat([...etcd.snapshot()]).subarray(0, -DIGEST_BYTES),
    { permissions: 0o600, modifiedAt: machine.clock.now() },
  );
  const folder = (children: Readonly<Record<string, FileNode>>) =>
    directory(children, { permissions: 0o700 });
  return directory(
    { member: folder({ snap: folder({ db: database }), wal: folder({}) }) },
    { label, permissions: 0o700, uid: ETCD_USER, gid: ETCD_USER },
  );
}

const DIGEST_BYTES = 32;

/** etcd runs as this user. */
const ETCD_USER = 60;

function kubeletOf(machine: Machine): Directory {
  const uids = machine.state(containers).pods.map(({ uid }) => uid);
  const pod = directory({
    containers: directory({}),
    'etc-hosts': file(''),
    plugins: directory({}),
    volumes: directory({}),
  });
  return directory({
    cpu_manager_state: file('{"policyName":"none","defaultCpuSet":"","checksum":1353318690}'),
    pki: directory({}),
    plugins: directory({}),
    pods: directory(Object.fromEntries(uids.map((uid) => [uid, pod]))),
  });
}

/** Logs of containers, where Kubernetes has them, and those of audit. */
function logOf(machine: Machine): Directory {
  return directory(() => {
    const { pods } = machine.state(containers);
    return {
      audit: directory({ kube: directory(auditOf(machine)) }),
      containers: directory(Object.fromEntries(pods.flatMap(containerLinks))),
      pods: directory(
        Object.fromEntries(pods.map((pod) => [podFolder(pod), podLogs(machine, pod)])),
      ),
    };
  });
}

function auditOf(machine: Machine): Record<string, FileNode> {
  if (machine.type !== 'controlplane') return {};
  const event = {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: machine.random.fork('audit').uuid(),
    stage: 'ResponseComplete',
    requestURI: '/readyz',
    verb: 'get',
    user: { username: 'system:anonymous', groups: ['system:unauthenticated'] },
    responseStatus: { code: 200 },
  };
  return { 'kube-apiserver.log': file(`${JSON.stringify(event)}\n`, { permissions: 0o600 }) };
}

function podFolder({ name, uid }: NodePod): string {
  return `${name.replace('/', '_')}_${uid}`;
}

function podLogs(machine: Machine, pod: NodePod): Directory {
  return directory(
    Object.fromEntries(
      pod.containers.map((container) => [container.name, containerLog(machine, container)]),
    ),
  );
}

/** One file for each time that a container was started. */
function containerLog(machine: Machine, container: NodeContainer): Directory {
  const { restarts } = container;
  const content = () => machine.state(containers).log(container).content;
  return directory({ [`${restarts}.log`]: file(content, { permissions: 0o640 }) });
}

function containerLinks(pod: NodePod): readonly (readonly [string, FileNode])[] {
  const [namespace = '', name = ''] = pod.name.split('/');
  return pod.containers.map(({ name: container, internalId, restarts }) => [
    `${name}_${namespace}_${container}-${internalId}.log`,
    symlink(`/var/log/pods/${podFolder(pod)}/${container}/${restarts}.log`),
  ]);
}
