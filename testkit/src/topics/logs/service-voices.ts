import { gatewayOf } from '../cosi/catalogue/plan.js';
import { kubernetesVersion } from '../kubernetes/versions.js';
import { goLogTime, rfc3339Nano } from './timestamps.js';
import type { Speech, Voice } from './voice.js';

/** The kind of log line that containerd and its like write. */
function logfmt({ at }: Speech, message: string, more = ''): string {
  return `time="${rfc3339Nano(at)}" level=info msg=${JSON.stringify(message)}${more}`;
}

/** The kind of line that Kubernetes programs write: a letter, the date, the place in the source. */
export function klog({ at, random }: Speech, place: string, message: string): string {
  const date = new Date(at).toISOString();
  const time = `${date.slice(5, 7)}${date.slice(8, 10)} ${date.slice(11, 23)}000`;
  return `I${time} ${String(random.int(1, 9)).padStart(7)} ${place}] ${message}`;
}

/** The release of Kubernetes that the node runs. */
export function version({ machine }: Speech): string {
  return kubernetesVersion(machine.talosVersion);
}

function json({ at }: Speech, fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ level: 'info', ts: rfc3339Nano(at), ...fields });
}

const apid: Voice = {
  begin: (speech) => [
    `${goLogTime(speech.at)} starting apid, listening on :50000`,
    `${goLogTime(speech.at)} loaded certificates, ${speech.machine.inMaintenance ? 'no client certificate is asked for' : 'clients are verified'}`,
  ],
  every: 97,
  meanwhile: ({ at, random }) =>
    `${goLogTime(at)} OK [/machine.MachineService/Version] ${random.int(1, 9)}.${random.int(100, 999)}ms unary Success`,
  end: ({ at }) => [`${goLogTime(at)} shutting down: terminated`],
};

const trustd: Voice = {
  begin: ({ at }) => [`${goLogTime(at)} starting trustd, listening on :50001`],
  every: 600,
  meanwhile: ({ at, random }) =>
    `${goLogTime(at)} OK [/securityapi.SecurityService/Certificate] ${random.int(8, 30)}.${random.int(100, 999)}ms unary Success`,
};

const auditd: Voice = {
  begin: () => ['audit daemon is receiving from the kernel'],
  every: 53,
  meanwhile: ({ at, random }) =>
    `type=BPF msg=audit(${(at / 1000).toFixed(3)}:${random.int(100, 9_999)}): prog-id=${random.int(20, 400)} op=${random.pick(['LOAD', 'UNLOAD'])}`,
};

function containerd(root: string): Voice {
  return {
    begin: (speech) => [
      logfmt(speech, 'starting containerd', ' version=v2.3.1'),
      logfmt(speech, 'loading plugin', ' id=io.containerd.snapshotter.v1.overlayfs'),
      logfmt(speech, `serving... address=${root}/containerd.sock`),
      logfmt(speech, 'containerd successfully booted in 0.041s'),
    ],
    every: 61,
    meanwhile: (speech) =>
      logfmt(
        speech,
        'container event discarded',
        ` container=${speech.random.hex(64)} type=${speech.random.pick(['CONTAINER_CREATED_EVENT', 'CONTAINER_STARTED_EVENT'])}`,
      ),
    end: (speech) => [logfmt(speech, 'stop CRI service')],
  };
}

const kubelet: Voice = {
  begin: (speech) => [
    klog(speech, 'server.go:530', `"Kubelet version" kubeletVersion="${version(speech)}"`),
    klog(speech, 'server.go:885', '"Client rotation is on, will bootstrap in background"'),
    klog(
      speech,
      'kubelet_node_status.go:75',
      `"Attempting to register node" node="${speech.machine.name}"`,
    ),
    klog(
      speech,
      'kubelet_node_status.go:78',
      `"Successfully registered node" node="${speech.machine.name}"`,
    ),
  ],
  every: 19,
  meanwhile: (speech) =>
    speech.random.pick([
      () => klog(speech, 'kubelet_volumes.go:163', '"Cleaned up orphaned pod volumes dir"'),
      () =>
        klog(
          speech,
          'kubelet.go:2547',
          `"SyncLoop (probe)" probe="readiness" status="ready" pod="kube-system/kube-proxy-${speech.random.hex(5)}"`,
        ),
      // Some programs write more than ASCII.
      () =>
        klog(speech, 'image_gc_manager.go:222', '"Image garbage collection: usage 31 % ≤ 85 %"'),
    ])(),
  end: (speech) => [klog(speech, 'dynamic_cafile_content.go:175', '"Shutting down controller"')],
};

const etcd: Voice = {
  begin: (speech) => [
    json(speech, { caller: 'etcdmain/etcd.go:64', msg: 'Running: etcd' }),
    json(speech, {
      caller: 'embed/etcd.go:628',
      msg: 'serving peer traffic',
      address: `${speech.machine.address}:2380`,
    }),
    json(speech, {
      caller: 'embed/serve.go:275',
      msg: 'serving client traffic securely',
      traffic: 'grpc+http',
      address: `${speech.machine.address}:2379`,
    }),
  ],
  every: 37,
  meanwhile: (speech) =>
    json(speech, {
      caller: 'mvcc/kvstore_compaction.go:72',
      msg: 'finished scheduled compaction',
      'compact-revision': Math.floor((speech.at - speech.machine.bootedAt) / 450),
      took: `${speech.random.int(5, 40)}.${speech.random.int(100, 999)}ms`,
    }),
  end: (speech) => [
    json(speech, { caller: 'osutil/interrupt_unix.go:65', msg: 'received signal; shutting down' }),
  ],
};

const controllerRuntime: Voice = {
  begin: ({ at, machine }) => [
    `${rfc3339Nano(at)} INFO setting hostname {"component": "controller-runtime", "controller": "network.HostnameSpecController", "hostname": "${machine.name}"}`,
    `${rfc3339Nano(at)} INFO assigned address {"component": "controller-runtime", "controller": "network.AddressSpecController", "address": "${machine.address}/16", "link": "eth0"}`,
    `${rfc3339Nano(at)} INFO created route {"component": "controller-runtime", "controller": "network.RouteSpecController", "destination": "default", "gateway": "${gatewayOf(machine)}", "link": "eth0"}`,
  ],
  every: 151,
  meanwhile: ({ at, random }) =>
    `${rfc3339Nano(at)} DEBUG controller reconciled {"component": "controller-runtime", "controller": "${random.pick(['k8s.NodeStatusController', 'block.DiscoveryController', 'cluster.MemberController', 'runtime.MachineStatusController'])}"}`,
};

const dnsResolveCache: Voice = {
  begin: ({ at }) => [
    `${rfc3339Nano(at)} INFO new dns server started {"component": "dns-resolve-cache", "addr": "127.0.0.53:53", "protocol": "udp"}`,
    `${rfc3339Nano(at)} INFO new dns server started {"component": "dns-resolve-cache", "addr": "127.0.0.53:53", "protocol": "tcp"}`,
  ],
  every: 43,
  meanwhile: ({ at, random }) =>
    `${rfc3339Nano(at)} DEBUG dns request {"component": "dns-resolve-cache", "question": "${random.pick(['time.cloudflare.com.', 'discovery.talos.dev.', 'registry.k8s.io.'])}", "took": "${random.int(1, 30)}ms"}`,
};

const udevd: Voice = { begin: () => ['starting version 257', 'processed 214 devices'] };

const syslogd: Voice = { begin: () => ['listening on /dev/log'] };

const dashboard: Voice = { begin: ({ machine }) => [`showing ${machine.name} on tty2`] };

/** The voice of a service, by its id. */
const voices: Readonly<Record<string, Voice>> = {
  apid,
  auditd,
  containerd: containerd('/system/run/containerd'),
  'controller-runtime': controllerRuntime,
  cri: containerd('/run/containerd'),
  dashboard,
  'dns-resolve-cache': dnsResolveCache,
  etcd,
  kubelet,
  syslogd,
  trustd,
  udevd,
};

/** What a service writes into its log. */
export function serviceVoice(id: string): Voice {
  return (
    voices[id] ?? {
      begin: ({ at }) => [`${goLogTime(at)} ${id} started`],
      every: 113,
      meanwhile: ({ at }) => `${goLogTime(at)} ${id} is alive`,
      end: ({ at }) => [`${goLogTime(at)} ${id} stopped`],
    }
  );
}
