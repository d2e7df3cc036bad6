import { stringify } from 'yaml';
import type { Machine } from '../../base/machine.js';
import { config } from '../config/config.js';
import { extensions } from '../services/definitions.js';
import { machineIdOf } from '../system/identity.js';
import { type Directory, directory, file, symlink } from './node.js';

const LABEL = 'system_u:object_r:etc_t:s0';

/** `/etc`: what Talos writes there for the programs on a node. */
export function etcOf(machine: Machine): Directory {
  return directory(
    () => ({
      cni: directory(cniOf(machine), { modifiedAt: machine.bootedAt }),
      containerd: directory({ 'config.toml': file('version = 3\n\ndisabled_plugins = []\n') }),
      cri: directory({
        'containerd.toml': file(
          'version = 3\n\nimports = ["/etc/cri/conf.d/*.part"]\n\n[plugins."io.containerd.cri.v1.runtime"]\n',
        ),
        'conf.d': directory({}),
      }),
      'extensions.yaml': file(extensionsYaml),
      hostname: file(() => `${machine.name}\n`, { modifiedAt: machine.bootedAt }),
      hosts: file(() => hosts(machine), { modifiedAt: machine.bootedAt }),
      kubernetes: kubernetesOf(machine),
      localtime: symlink('/usr/share/zoneinfo/UTC'),
      'machine-id': file(() => `${machineIdOf(machine)}\n`, {
        permissions: 0o444,
      }),
      'os-release': file(() => osRelease(machine)),
      'resolv.conf': file(
        () => `nameserver ${machine.inMaintenance ? '1.1.1.1' : '127.0.0.53'}\n`,
        {
          modifiedAt: machine.bootedAt,
        },
      ),
      ssl: directory({ certs: directory({ 'ca-certificates': file('') }) }),
    }),
    { label: LABEL },
  );
}

function osRelease({ talosVersion }: Machine): string {
  return [
    'NAME="Talos"',
    'ID=talos',
    `VERSION_ID=${talosVersion}`,
    `PRETTY_NAME="Talos (${talosVersion})"`,
    'HOME_URL="https://www.talos.dev/"',
    'BUG_REPORT_URL="https://github.com/siderolabs/talos/issues"',
    'VENDOR_NAME="Sidero Labs"',
    'VENDOR_URL="https://www.siderolabs.com/"',
    '',
  ].join('\n');
}

/** The text of `/etc/hosts`. */
export function hosts({ name, address }: Machine): string {
  const lines = [
    ['127.0.0.1', 'localhost'],
    [address, name],
    ['::1', 'localhost ip6-localhost ip6-loopback'],
    ['ff02::1', 'ip6-allnodes'],
    ['ff02::2', 'ip6-allrouters'],
  ];
  return lines.map(([ip = '', names = '']) => `${ip.padEnd(15)} ${names}\n`).join('');
}

function extensionsYaml(): string {
  return stringify({
    layers: extensions.map(({ name, version, author, description }, index) => ({
      image: `${String(index).padStart(3, '0')}.ghcr.io-siderolabs-${name}-${version}.sqsh`,
      metadata: { name, version, author, description },
    })),
  });
}

/** What flannel leaves for container runtimes. */
function cniOf(machine: Machine) {
  if (machine.inMaintenance) return {};
  const plugins = [
    { type: 'flannel', delegate: { hairpinMode: true, isDefaultGateway: true } },
    { type: 'portmap', capabilities: { portMappings: true } },
  ];
  const content = { name: 'cbr0', cniVersion: '0.3.1', plugins };
  return {
    'net.d': directory({
      '10-flannel.conflist': file(`${JSON.stringify(content, null, 2)}\n`),
    }),
  };
}

/** What the kubelet is started with. Static pods come over HTTP, so their folder is empty. */
function kubernetesOf(machine: Machine): Directory {
  const attributes = { modifiedAt: machine.bootedAt };
  if (machine.inMaintenance) return directory({ manifests: directory({}) }, attributes);
  const secret = { permissions: 0o600 };
  return directory(
    () => ({
      'bootstrap-kubeconfig': file(() => kubeletKubeconfig(machine, 'bootstrap'), secret),
      'kubeconfig-kubelet': file(() => kubeletKubeconfig(machine, 'kubelet'), secret),
      'kubelet.yaml': file(() => kubeletConfig(machine), secret),
      manifests: directory({}),
      pki: directory({ 'ca.crt': file(() => kubernetesCa(machine), { permissions: 0o400 }) }),
    }),
    attributes,
  );
}

function kubernetesCa(machine: Machine): string {
  return machine.state(config).active?.node?.kubernetesCa?.cert ?? '';
}

function kubeletKubeconfig(machine: Machine, user: string): string {
  const node = machine.state(config).active?.node;
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'local',
        cluster: {
          server: node?.endpoint ?? '',
          'certificate-authority': '/etc/kubernetes/pki/ca.crt',
        },
      },
    ],
    users: [
      {
        name: user,
        user: { 'client-certificate': '/var/lib/kubelet/pki/kubelet-client-current.pem' },
      },
    ],
    contexts: [{ name: 'local', context: { cluster: 'local', user } }],
    'current-context': 'local',
  });
}

function kubeletConfig(machine: Machine): string {
  return stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: '0.0.0.0',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: '/etc/kubernetes/pki/ca.crt' },
    },
    clusterDNS: ['10.96.0.10'],
    clusterDomain: 'cluster.local',
    containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
    rotateCertificates: true,
    staticPodURL: 'http://127.0.0.1:46017',
    systemReserved: { cpu: '50m', memory: '512Mi' },
    registerWithTaints: machine.type === 'controlplane' ? [CONTROL_PLANE_TAINT] : [],
  });
}

const CONTROL_PLANE_TAINT = { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' };
