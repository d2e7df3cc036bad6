import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { JsonValue } from '@bufbuild/protobuf';
import { outFolder } from './paths.js';

/** The replies that codecs are measured with, and that the server gives. */
export const sampleNames = [
  'Version',
  'ServiceList',
  'Processes',
  'EtcdStatus',
  'Memory',
  'Data',
] as const;

export type SampleName = (typeof sampleNames)[number];

/** What the server puts where a node's address is due when the call names no node. */
export const NO_NODE = '10.000.000.00';

/** Addresses for the fan-out, all of one length. */
export const nodeAddresses: readonly string[] = Array.from(
  { length: 1000 },
  (_, index) => `10.${100 + Math.floor(index / 100)}.${100 + (index % 100)}.10`,
);

/** Bytes of data in one message of the byte streams, as Talos cuts them. */
export const CHUNK = 1024;
/** Bytes of data in one message of the bulk transfers. */
export const BULK_CHUNK = 32 * 1024;
/** Bytes of a log line: a message of 120 bytes. */
export const LINE = 118;
/** Processes in the large reply. */
export const PROCESSES = 1000;

/** A repeatable stand-in for `Math.random`. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function version(): JsonValue {
  return {
    messages: [
      {
        version: {
          tag: 'v1.14.0',
          sha: NO_NODE,
          built: '2026-10-20T09:14:03Z',
          goVersion: 'go1.26.3',
          os: 'linux',
          arch: 'amd64',
        },
        platform: { name: 'metal', mode: 'metal' },
        features: { rbac: true },
      },
    ],
  };
}

const serviceIds = [
  ...['apid', 'auditd', 'containerd', 'cri', 'dashboard', 'etcd', 'ext-iscsid', 'kubelet'],
  ...['machined', 'registryd', 'syslogd', 'trustd', 'udevd'],
];

function serviceList(): JsonValue {
  const second = (offset: number): string =>
    new Date(Date.UTC(2026, 9, 20, 9, 20, offset)).toISOString().replace('.000Z', '.417203518Z');
  const services = serviceIds.map((id, index) => ({
    id,
    state: 'Running',
    events: {
      events: [
        ['Waiting', 'Waiting for service "containerd" to be "up"'],
        ['Preparing', 'Running pre state'],
        ['Preparing', 'Creating service runner'],
        ['Running', `Started task ${id} (PID ${1800 + index * 37}) for container ${id}`],
        ['Running', 'Health check successful'],
      ].map(([state, msg], step) => ({ msg, state, ts: second(index * 2 + step) })),
    },
    health: { healthy: true, lastMessage: '', lastChange: second(index * 2 + 6) },
  }));
  return { messages: [{ services }] };
}

const commands = [
  ['kworker/u8:2-events_unbound', '', ''],
  ['containerd', '/usr/bin/containerd', '--address /system/run/containerd/containerd.sock'],
  ['kubelet', '/usr/local/bin/kubelet', '--config=/etc/kubernetes/kubelet.yaml --v=2'],
  ['kube-apiserver', '/usr/local/bin/kube-apiserver', '--advertise-address=10.5.0.2 --v=2'],
  ['containerd-shim', '/usr/bin/containerd-shim-runc-v2', '-namespace k8s.io -id 6b1f0f3a52c9'],
  ['etcd', '/usr/local/bin/etcd', '--data-dir=/var/lib/etcd --name=talos-cp-1'],
  ['migration/3', '', ''],
  ['flanneld', '/opt/bin/flanneld', '--ip-masq --kube-subnet-mgr'],
];

function processes(): JsonValue {
  const roll = dice(7);
  const list = Array.from({ length: PROCESSES }, (_, index) => {
    const [command = '', executable = '', flags = ''] = commands[index % commands.length] ?? [];
    const kernel = executable === '';
    return {
      pid: index + 1,
      ppid: kernel ? 2 : 1 + Math.floor(roll() * 3000),
      state: kernel ? 'I' : 'S',
      threads: kernel ? 1 : 1 + Math.floor(roll() * 40),
      cpuTime: Math.round(roll() * 1e6) / 100,
      virtualMemory: kernel ? '0' : String(Math.floor(roll() * 2 ** 33)),
      residentMemory: kernel ? '0' : String(Math.floor(roll() * 2 ** 29)),
      command,
      executable,
      args: kernel
        ? ''
        : `${executable} ${flags} --log-file=/var/log/${command}-${1000 + index}.log --stderr`,
      label: kernel ? 'system_u:system_r:kernel_t:s0' : 'system_u:system_r:pod_t:s0',
    };
  });
  return { messages: [{ processes: list }] };
}

function etcdStatus(): JsonValue {
  return {
    messages: [
      {
        memberStatus: {
          protocolVersion: '3.6.4',
          dbSize: '27889664',
          dbSizeInUse: '14176256',
          leader: '9372538179322589801',
          raftIndex: '1183224',
          raftTerm: '7',
          raftAppliedIndex: '1183224',
          memberId: '10501334649042878790',
          storageVersion: '3.6.0',
        },
      },
    ],
  };
}

const memoryFields = [
  'memtotal memfree memavailable buffers cached swapcached active inactive activeanon inactiveanon',
  'activefile inactivefile unevictable mlocked swaptotal swapfree dirty writeback anonpages mapped',
  'shmem slab sreclaimable sunreclaim kernelstack pagetables nfsunstable bounce writebacktmp',
  'commitlimit committedas vmalloctotal vmallocused vmallocchunk hardwarecorrupted anonhugepages',
  'shmemhugepages shmempmdmapped cmatotal cmafree hugepagestotal hugepagesfree hugepagesrsvd',
  'hugepagessurp hugepagesize directmap4k directmap2m directmap1g',
]
  .join(' ')
  .split(' ');

const zeroOnTalos =
  /^(swap|nfs|bounce|writeback|vmallocchunk|hardware|cma|hugepages[tfrs]|shmem.+)/;

function memory(): JsonValue {
  const roll = dice(3);
  const meminfo = Object.fromEntries(
    memoryFields.map((field) => [
      field,
      zeroOnTalos.test(field) ? '0' : String(Math.floor(roll() * 16_000_000)),
    ]),
  );
  return { messages: [{ meminfo: { ...meminfo, vmalloctotal: '34359738367' } }] };
}

function data(): JsonValue {
  const roll = dice(11);
  const bytes = Buffer.from(Array.from({ length: BULK_CHUNK }, () => Math.floor(roll() * 256)));
  return { bytes: bytes.toString('base64') };
}

const samples: Readonly<Record<SampleName, () => JsonValue>> = {
  Version: version,
  ServiceList: serviceList,
  Processes: processes,
  EtcdStatus: etcdStatus,
  Memory: memory,
  Data: data,
};

const sampleFile = (name: SampleName): string => join(outFolder, 'samples', `${name}.bin`);

/**
 * Encodes the samples with protobuf-es, which reads the JSON form of messages, so that every codec
 * starts from the same bytes.
 */
export async function writeSamples(peersFolder: string): Promise<void> {
  const { fromJson, toBinary } = await import('@bufbuild/protobuf');
  const load = (path: string) => import(pathToFileURL(join(peersFolder, path)).href);
  const machine = await load('machine/machine_pb.ts');
  const common = await load('common/common_pb.ts');
  mkdirSync(join(outFolder, 'samples'), { recursive: true });
  for (const name of sampleNames) {
    const schema = name === 'Data' ? common.DataSchema : machine[`${name}ResponseSchema`];
    writeFileSync(sampleFile(name), toBinary(schema, fromJson(schema, samples[name]())));
  }
}

/** The encoded sample. */
export function readSample(name: SampleName): Buffer {
  return readFileSync(sampleFile(name));
}
