/** A call of the official client and what a real node makes of it. */
export interface ExpectedCall {
  /** The method of the official client; `Machine.Hostname` for one of its stubs. */
  readonly name: string;
  readonly args?: readonly unknown[];
  /** Where to. Default: the second control plane. */
  readonly node?: 'cp-1' | 'cp-2' | 'cp-3' | 'worker-1';
  /** Ends a stream after so many messages, or bytes. Default: read to the end. */
  readonly take?: number;
  /** The status it fails with. Default: it goes well. */
  readonly fails?: string;
  /** Messages of the stream, at least. */
  readonly items?: number;
}

const containerd = { driver: 'CRI', namespace: 'NS_SYSTEM' } as const;
/** common.ContainerDriver and common.ContainerdNamespace by number, as Go takes them. */
const CONTAINERD = 0;
const CRI = 1;
const NS_SYSTEM = 1;

/** Calls that only look. */
export const reads: readonly ExpectedCall[] = [
  { name: 'Version' },
  { name: 'Machine.Hostname', args: [{}] },
  { name: 'Machine.CPUInfo', args: [{}] },
  { name: 'Machine.CPUFreqStats', args: [{}] },
  { name: 'Machine.DiskStats', args: [{}] },
  { name: 'Machine.LoadAvg', args: [{}] },
  { name: 'Machine.SystemStat', args: [{}] },
  { name: 'Machine.NetworkDeviceStats', args: [{}] },
  { name: 'Memory' },
  { name: 'Mounts' },
  { name: 'Processes' },
  { name: 'Disks' },
  { name: 'ServiceList' },
  { name: 'ServiceInfo', args: ['etcd'] },
  { name: 'Containers', args: ['system', CONTAINERD] },
  { name: 'Containers', args: ['k8s.io', CRI] },
  { name: 'Stats', args: ['k8s.io', CRI] },
  { name: 'LogsContainers' },
  { name: 'Logs', args: ['system', CONTAINERD, 'etcd', false, -1], items: 1 },
  { name: 'Logs', args: ['system', CONTAINERD, 'nobody', false, -1], fails: 'Unknown' },
  { name: 'Logs', args: ['', CONTAINERD, 'etcd', false, -1], fails: 'InvalidArgument' },
  { name: 'Logs', args: ['system', CONTAINERD, 'etcd', false, 0], items: 0 },
  { name: 'Dmesg', args: [false, false], items: 1 },
  { name: 'Events', args: [{ tailEvents: -1 }], take: 2, items: 2 },
  { name: 'Events', args: [{ tailEvents: 1, tailSeconds: 1 }], fails: 'Unknown' },
  { name: 'LS', args: [{ root: '/' }], items: 2 },
  { name: 'LS', args: [{ root: '/no/such' }], fails: 'Unknown' },
  { name: 'DiskUsage', args: [{ paths: ['/etc'], all: true }], items: 1 },
  { name: 'Read', args: ['/etc/os-release'] },
  { name: 'Read', args: ['/no/such'], fails: 'NotFound' },
  { name: 'Copy', args: ['/etc'] },
  { name: 'Copy', args: ['etc'], fails: 'Unknown' },
  { name: 'PacketCapture', args: [{ interface: 'lo' }], take: 24 },
  { name: 'PacketCapture', args: [{ interface: 'nope0' }], take: 24, fails: 'NotFound' },
  {
    name: 'Netstat',
    args: [{ filter: 'ALL', l4proto: { tcp: true }, netns: { hostnetwork: true } }],
  },
  { name: 'Time' },
  { name: 'TimeCheck', args: ['time.cloudflare.com'] },
  { name: 'TimeCheck', args: [''], fails: 'InvalidArgument' },
  { name: 'Inspect.ControllerRuntimeDependencies' },
  { name: 'ClusterHealthCheck', args: [60_000, {}], items: 1 },
  { name: 'ClusterHealthCheck', args: [60_000, {}], node: 'worker-1', fails: 'Unimplemented' },
  { name: 'EtcdMemberList', args: [{}] },
  { name: 'EtcdMemberList', args: [{}], node: 'worker-1', fails: 'Unimplemented' },
  { name: 'EtcdStatus' },
  { name: 'EtcdAlarmList' },
  { name: 'EtcdDowngradeValidate', args: [{ version: '3.6' }] },
  { name: 'EtcdDowngradeValidate', args: [{ version: 'x' }], fails: 'InvalidArgument' },
  { name: 'EtcdSnapshot', args: [{}] },
  { name: 'Kubeconfig' },
  { name: 'KubeconfigRaw' },
  { name: 'Kubeconfig', node: 'worker-1', fails: 'Unimplemented' },
  { name: 'GenerateClientConfiguration', args: [{ roles: ['os:reader'], crtTtl: '3600s' }] },
  { name: 'GenerateClientConfiguration', args: [{}], fails: 'InvalidArgument' },
  { name: 'ImageList', args: [NS_SYSTEM], items: 1 },
  { name: 'ImageList', args: [0], fails: 'InvalidArgument' },
  { name: 'Image.List', args: [{ containerd }], items: 1 },
  { name: 'Image.Verify', args: [{ imageRef: 'registry.k8s.io/pause:3.10' }] },
];

/** Calls that act, in the order in which one node survives them. */
export const writes: readonly ExpectedCall[] = [
  { name: 'MetaWrite', args: [12, 'aGVsbG8='] },
  { name: 'MetaDelete', args: [12] },
  { name: 'MetaDelete', args: [12], fails: 'NotFound' },
  { name: 'ServiceRestart', args: ['kubelet'] },
  { name: 'ServiceStart', args: ['kubelet'] },
  { name: 'ServiceStop', args: ['etcd'], fails: 'Unknown' },
  { name: 'ServiceStart', args: ['nobody'], fails: 'Unknown' },
  { name: 'Bootstrap', args: [{}], fails: 'AlreadyExists' },
  { name: 'Bootstrap', args: [{}], node: 'worker-1', fails: 'Unimplemented' },
  { name: 'EtcdRecover', args: ['c25hcHNob3Q='] },
  { name: 'EtcdAlarmDisarm' },
  { name: 'EtcdDefragment' },
  { name: 'EtcdForfeitLeadership', args: [{}] },
  { name: 'EtcdDowngradeEnable', args: [{ version: '3.6' }] },
  { name: 'EtcdDowngradeCancel' },
  { name: 'EtcdRemoveMemberByID', args: [{ memberId: '12345' }], fails: 'NotFound' },
  { name: 'ImagePull', args: [NS_SYSTEM, 'registry.k8s.io/pause:3.10'] },
  { name: 'Image.Pull', args: [{ containerd, imageRef: 'registry.k8s.io/pause:3.10' }], items: 1 },
  { name: 'Image.Remove', args: [{ containerd, imageRef: 'registry.k8s.io/pause:3.10' }] },
  { name: 'Image.Import', args: [{ imageChunk: { bytes: 'AAAA' } }], fails: 'InvalidArgument' },
  { name: 'Lifecycle.Upgrade', args: [{ containerd, source: {} }], fails: 'Internal' },
  { name: 'Lifecycle.Install', args: [{ containerd, source: {} }], fails: 'AlreadyExists' },
  { name: 'Debug.ContainerRun', args: [{ stdinData: 'AAAA' }], fails: 'InvalidArgument' },
  {
    name: 'BlockDeviceWipe',
    args: [{ devices: [{ device: 'nope', method: 'FAST' }] }],
    fails: 'NotFound',
  },
  { name: 'LogicalVolumeRemove', args: [{}], fails: 'InvalidArgument' },
  { name: 'VolumeGroupRemove', args: [{}], fails: 'InvalidArgument' },
  { name: 'PhysicalVolumeRemove', args: [{}], fails: 'InvalidArgument' },
  { name: 'Restart', args: ['system', CONTAINERD, 'nobody'], fails: 'Unknown' },
  {
    name: 'ApplyConfiguration',
    args: [{ data: 'eDogWw==', mode: 'AUTO' }],
    fails: 'InvalidArgument',
  },
  {
    name: 'ApplyConfiguration',
    args: [{ data: 'bWFjaGluZTogeyB0eXBlOiB3b3JrZXIgfQo=', mode: 'REBOOT' }],
    fails: 'Unimplemented',
  },
  // Nothing was upgraded: the disk has no other entry.
  { name: 'Rollback', node: 'worker-1', fails: 'Unknown' },
  { name: 'RebootWithResponse', args: [{ mode: 'DEFAULT' }], node: 'cp-3' },
];

/** Calls that act, and that only modules after v1.14.0-alpha.2 have. */
export const later: readonly ExpectedCall[] = [
  { name: 'MDDestroy', args: [{}], fails: 'InvalidArgument' },
];

/** Calls after which a node is gone; each has a cluster of its own. */
export const endings: readonly ExpectedCall[] = [
  { name: 'Reboot', node: 'worker-1' },
  { name: 'Shutdown', args: [{ force: true }], node: 'worker-1' },
  { name: 'ShutdownWithResponse', node: 'worker-1' },
  { name: 'Reset', args: [false, true], node: 'worker-1' },
  { name: 'ResetGeneric', args: [{ reboot: true }], node: 'worker-1' },
  { name: 'ResetGenericWithResponse', args: [{ reboot: true }], node: 'worker-1' },
  {
    name: 'Upgrade',
    args: ['ghcr.io/siderolabs/installer:v1.14.1', false, false],
    node: 'worker-1',
  },
  {
    name: 'UpgradeWithOptions',
    args: [{ image: 'ghcr.io/siderolabs/installer:v1.14.1', stage: true }],
    node: 'worker-1',
  },
  { name: 'EtcdLeaveCluster', args: [{}], node: 'cp-3' },
];

/**
 * Stubs whose RPC another call in the tables makes. The client's own methods are these with fewer
 * arguments.
 */
export const sameRpc: readonly RegExp[] = [
  /^Machine\.(?!Hostname|CPUInfo|CPUFreqStats|DiskStats|LoadAvg|SystemStat|NetworkDeviceStats)/,
  /^(Time|Storage|LVM|MD|Cluster)\./,
];
