import type { FeatureTable } from './table.js';

const admin = ['os:admin'] as const;
const operators = ['os:admin', 'os:operator'] as const;
const readers = ['os:admin', 'os:operator', 'os:reader'] as const;
const etcdReaders = ['os:admin', 'os:operator', 'os:reader', 'os:etcd:backup'] as const;
const backup = ['os:admin', 'os:operator', 'os:etcd:backup'] as const;
const metaWriters = ['os:admin', 'os:meta:writer'] as const;
const verifiers = ['os:admin', 'os:operator', 'os:reader', 'os:image:verifier'] as const;

// The node lets readers call `ApplyConfiguration` and the calls that wipe disks, and then refuses all
// but admins unless it is in maintenance; the rows name who may call it on a configured node.

/** The oldest release looked at: RPCs that it has carry this number. */
const oldest = '1.6';

// Deadlines of RPCs that work for longer than the 30 s of the others. Pulling an image, or rewriting a
// database, takes what the network and the disk take; half an hour is what talosctl waits for actions.
// Wiping with zeroes takes hours on large disks, and waiting for a resource to be let go has no end.
const pulling = 30 * 60_000;
const rewriting = 30 * 60_000;
/** The node itself tries for up to 5 minutes, and then stops etcd and removes its data. */
const leaving = 10 * 60_000;
/** Waits until the service, or what containerd collects, is gone. */
const stopping = 2 * 60_000;

const read = { idempotency: 'read', roles: readers, since: oldest } as const;

/** How to find out whether a call ran whose answer was lost. */
const find = {
  boot: 'its boot id is another one after a reboot (files(node).read of /proc/sys/kernel/random/boot_id)',
  version: 'its boot id is another one after a reboot, and system(node).version() tells what runs',
  stage: 'its stage in the resource MachineStatuses.runtime.talos.dev tells, while it answers',
  members: 'etcd(node).memberList() tells',
  meta: 'the resource MetaKeys.runtime.talos.dev shows the keys',
  service: 'services(node).list() shows the state of the service, and its last events',
  downgrade: 'etcd(node).status() shows the downgrade of the cluster',
  images: 'images(node).list() shows the images',
  volumes: 'the resource DiscoveredVolumes.block.talos.dev shows what there is',
  resource: 'resources(node).get() shows the resource and its version',
  certificate: 'nothing on the node changes: it only makes one certificate more',
} as const;

/** The driver and the namespace of an instance have zero values that are invalid or surprising. */
const containerd = {
  'containerd.driver': 'would take the instance that keeps its images in memory',
  'containerd.namespace': 'would name no namespace, which is refused',
} as const;

/** What the library says about the RPCs of Talos, one row for each. */
export const features: FeatureTable = {
  product: 'Talos',
  package: 'talos-client',
  full: true,
  release: '1.14',
  features: {
    lifecycle: {
      about: 'bootstrap, reboot, shutdown, reset, install and upgrade',
      methods: {
        'machine.MachineService/Bootstrap': {
          idempotency: 'unsafe',
          lookUp: find.members,
          roles: admin,
          since: oldest,
          controlPlane: true,
        },
        'machine.MachineService/Reboot': {
          idempotency: 'unsafe',
          lookUp: find.boot,
          roles: operators,
          since: oldest,
        },
        'machine.MachineService/Shutdown': {
          idempotency: 'unsafe',
          lookUp: find.stage,
          roles: operators,
          since: oldest,
        },
        'machine.MachineService/Reset': {
          idempotency: 'unsafe',
          lookUp: find.stage,
          roles: admin,
          since: oldest,
          required: {
            graceful: 'would wipe the node without draining it or leaving etcd',
            reboot: 'would power the node off',
            mode: 'would wipe all disks: the system disk and the user disks listed',
            systemPartitionsToWipe: 'would wipe the whole system disk',
          },
        },
        'machine.MachineService/Rollback': {
          idempotency: 'unsafe',
          lookUp: find.version,
          roles: admin,
          since: oldest,
        },
        'machine.MachineService/Upgrade': {
          name: 'upgradeLegacy',
          idempotency: 'unsafe',
          lookUp: find.version,
          timeoutMs: pulling,
          roles: admin,
          since: oldest,
          required: { image: 'would name no image to install' },
        },
        'machine.LifecycleService/Install': {
          idempotency: 'unsafe',
          lookUp:
            'the resource MachineStatuses.runtime.talos.dev tells whether it is installed after a reboot',
          roles: admin,
          since: '1.13',
          required: {
            ...containerd,
            'source.imageName': 'would name no image to install',
            'destination.disk': 'would name no disk to install to',
          },
        },
        'machine.LifecycleService/Upgrade': {
          idempotency: 'unsafe',
          lookUp: find.version,
          roles: admin,
          since: '1.13',
          required: { ...containerd, 'source.imageName': 'would name no image to install' },
        },
      },
    },
    configuration: {
      about: 'machine configuration',
      methods: {
        'machine.MachineService/ApplyConfiguration': {
          name: 'apply',
          idempotency: 'unsafe',
          lookUp: 'the version of the resource MachineConfigs.config.talos.dev is another one',
          roles: admin,
          since: oldest,
          required: {
            data: 'would apply an empty configuration',
            mode: 'would ask for a reboot, which nodes in operation refuse',
          },
        },
        'machine.MachineService/GenerateClientConfiguration': {
          name: 'generateClientConfiguration',
          idempotency: 'idempotent',
          lookUp: find.certificate,
          roles: admin,
          since: oldest,
          controlPlane: true,
          required: {
            roles: 'would make a certificate that may do nothing',
            crtTtl: 'would make a certificate that is over at once, which is refused',
          },
        },
        'machine.MachineService/GenerateConfiguration': {
          name: 'generateConfiguration',
          idempotency: 'read',
          roles: admin,
          since: oldest,
          until: '1.12',
          required: {
            configVersion: 'would ask for no version of the configuration',
            clusterConfig: 'would describe no cluster',
            machineConfig: 'would describe no machine',
          },
        },
      },
    },
    meta: {
      about: 'META partition',
      methods: {
        'machine.MachineService/MetaWrite': {
          idempotency: 'idempotent',
          lookUp: find.meta,
          roles: metaWriters,
          since: oldest,
          required: { key: 'would write key 0', value: 'would write an empty value' },
        },
        'machine.MachineService/MetaDelete': {
          idempotency: 'unsafe',
          lookUp: find.meta,
          roles: metaWriters,
          since: oldest,
          required: { key: 'would delete key 0' },
        },
      },
    },
    cluster: {
      about: 'cluster health and kubeconfig',
      methods: {
        'cluster.ClusterService/HealthCheck': {
          ...read,
          controlPlane: true,
          required: { waitTimeout: 'would wait for nothing and fail at once' },
        },
        'machine.MachineService/Kubeconfig': {
          idempotency: 'read',
          roles: admin,
          since: oldest,
          controlPlane: true,
        },
      },
    },
    services: {
      about: 'Talos service',
      methods: {
        'machine.MachineService/ServiceList': read,
        'machine.MachineService/ServiceStart': {
          idempotency: 'idempotent',
          lookUp: find.service,
          roles: operators,
          since: oldest,
          required: { id: 'would name no service' },
        },
        'machine.MachineService/ServiceStop': {
          idempotency: 'idempotent',
          lookUp: find.service,
          timeoutMs: stopping,
          roles: operators,
          since: oldest,
          required: { id: 'would name no service' },
        },
        'machine.MachineService/ServiceRestart': {
          idempotency: 'unsafe',
          lookUp: find.service,
          timeoutMs: stopping,
          roles: operators,
          since: oldest,
          required: { id: 'would name no service' },
        },
      },
    },
    containers: {
      about: 'container',
      methods: {
        'machine.MachineService/Containers': {
          ...read,
          name: 'list',
          required: { namespace: 'would name no namespace' },
        },
        'machine.MachineService/Stats': {
          ...read,
          required: { namespace: 'would name no namespace' },
        },
        'machine.MachineService/Restart': {
          idempotency: 'unsafe',
          lookUp: 'containers(node).list() shows another pid',
          roles: operators,
          since: oldest,
          required: { namespace: 'would name no namespace', id: 'would name no container' },
        },
      },
    },
    logs: {
      about: 'log and kernel message',
      methods: {
        'machine.MachineService/Logs': {
          ...read,
          required: {
            namespace: 'would name no namespace',
            id: 'would name no log',
            tailLines: 'would leave out all lines there are',
          },
          follows: 'follow',
        },
        'machine.MachineService/Dmesg': { ...read, follows: 'follow' },
        'machine.MachineService/LogsContainers': { ...read, since: '1.7' },
      },
    },
    events: {
      about: 'event',
      methods: {
        'machine.MachineService/Events': { ...read, name: 'watch', follows: true },
      },
      // Payloads of `Event.data`, under `talos/runtime/` and their full name.
      extraRoots: [
        'machine.SequenceEvent',
        'machine.PhaseEvent',
        'machine.TaskEvent',
        'machine.ServiceStateEvent',
        'machine.RestartEvent',
        'machine.ConfigLoadErrorEvent',
        'machine.ConfigValidationErrorEvent',
        'machine.AddressEvent',
        'machine.MachineStatusEvent',
      ],
    },
    files: {
      about: 'file, disk usage and mount',
      methods: {
        'machine.MachineService/List': {
          ...read,
          required: { root: 'would list the root of the file system' },
        },
        'machine.MachineService/DiskUsage': {
          ...read,
          required: { paths: 'would measure nothing' },
        },
        'machine.MachineService/Read': {
          ...read,
          roles: admin,
          required: { path: 'would name no file' },
        },
        'machine.MachineService/Copy': {
          ...read,
          roles: admin,
          required: { rootPath: 'would name nothing to copy' },
        },
        'machine.MachineService/Mounts': read,
      },
    },
    system: {
      about: 'version, CPU, memory, load and process',
      methods: {
        'machine.MachineService/Version': read,
        'machine.MachineService/Hostname': read,
        'machine.MachineService/CPUInfo': read,
        'machine.MachineService/CPUFreqStats': { ...read, since: '1.9' },
        'machine.MachineService/DiskStats': read,
        'machine.MachineService/LoadAvg': read,
        'machine.MachineService/Memory': read,
        'machine.MachineService/Processes': read,
        'machine.MachineService/SystemStat': { ...read, name: 'systemStat' },
      },
    },
    network: {
      about: 'socket, packet and network device',
      methods: {
        'machine.MachineService/Netstat': {
          ...read,
          required: {
            l4proto: 'would look at no protocol and find nothing',
            netns: 'would look at no network namespace and find nothing',
          },
        },
        'machine.MachineService/PacketCapture': {
          ...read,
          roles: operators,
          required: { interface: 'would name no link to capture on' },
          follows: true,
        },
        'machine.MachineService/NetworkDeviceStats': read,
      },
    },
    etcd: {
      about: 'etcd',
      methods: {
        'machine.MachineService/EtcdMemberList': {
          ...read,
          roles: etcdReaders,
          controlPlane: true,
        },
        'machine.MachineService/EtcdRemoveMember': {
          idempotency: 'unsafe',
          roles: admin,
          since: oldest,
          until: '1.6',
          controlPlane: true,
          required: { member: 'would name no member' },
        },
        'machine.MachineService/EtcdRemoveMemberByID': {
          idempotency: 'unsafe',
          lookUp: find.members,
          roles: admin,
          since: oldest,
          controlPlane: true,
          required: { memberId: 'would name member 0, which no cluster has' },
        },
        'machine.MachineService/EtcdLeaveCluster': {
          idempotency: 'unsafe',
          lookUp: find.members,
          timeoutMs: leaving,
          roles: admin,
          since: oldest,
          controlPlane: true,
        },
        'machine.MachineService/EtcdForfeitLeadership': {
          idempotency: 'idempotent',
          lookUp: 'etcd(node).status() names the leader',
          roles: admin,
          since: oldest,
          controlPlane: true,
        },
        'machine.MachineService/EtcdRecover': {
          idempotency: 'unsafe',
          lookUp: 'the node writes what it got to its disk; recover once more before bootstrap',
          roles: admin,
          since: oldest,
          controlPlane: true,
        },
        'machine.MachineService/EtcdSnapshot': { ...read, roles: backup, controlPlane: true },
        'machine.MachineService/EtcdAlarmList': { ...read, roles: etcdReaders, controlPlane: true },
        'machine.MachineService/EtcdAlarmDisarm': {
          idempotency: 'idempotent',
          lookUp: 'etcd(node).alarmList() shows the alarms that are left',
          roles: operators,
          since: oldest,
          controlPlane: true,
        },
        'machine.MachineService/EtcdDefragment': {
          idempotency: 'unsafe',
          lookUp: 'dbSize of etcd(node).status() shrinks to dbSizeInUse',
          timeoutMs: rewriting,
          roles: operators,
          since: oldest,
          controlPlane: true,
        },
        'machine.MachineService/EtcdStatus': { ...read, roles: etcdReaders, controlPlane: true },
        'machine.MachineService/EtcdDowngradeValidate': {
          ...read,
          roles: admin,
          since: '1.11',
          controlPlane: true,
          required: { version: 'would name no version' },
        },
        'machine.MachineService/EtcdDowngradeEnable': {
          idempotency: 'unsafe',
          lookUp: find.downgrade,
          roles: admin,
          since: '1.11',
          controlPlane: true,
          required: { version: 'would name no version' },
        },
        'machine.MachineService/EtcdDowngradeCancel': {
          idempotency: 'idempotent',
          lookUp: find.downgrade,
          roles: admin,
          since: '1.11',
          controlPlane: true,
        },
      },
    },
    images: {
      about: 'container image',
      methods: {
        'machine.ImageService/List': { ...read, since: '1.13', required: containerd },
        'machine.ImageService/Pull': {
          idempotency: 'idempotent',
          lookUp: find.images,
          roles: operators,
          since: '1.13',
          required: { ...containerd, imageRef: 'would name no image' },
        },
        'machine.ImageService/Import': {
          idempotency: 'unsafe',
          lookUp: find.images,
          roles: admin,
          since: '1.13',
        },
        'machine.ImageService/Remove': {
          idempotency: 'unsafe',
          lookUp: find.images,
          timeoutMs: stopping,
          roles: admin,
          since: '1.13',
          required: { ...containerd, imageRef: 'would name no image' },
        },
        'machine.ImageService/Verify': {
          ...read,
          roles: verifiers,
          since: '1.13',
          required: { imageRef: 'would name no image' },
        },
        'machine.MachineService/ImageList': {
          ...read,
          name: 'listLegacy',
          required: { namespace: 'would name no namespace' },
        },
        'machine.MachineService/ImagePull': {
          name: 'pullLegacy',
          idempotency: 'idempotent',
          lookUp: find.images,
          timeoutMs: pulling,
          roles: operators,
          since: oldest,
          required: {
            namespace: 'would take a namespace that is refused',
            reference: 'would name no image',
          },
        },
      },
    },
    storage: {
      about: 'disk, LVM and software RAID',
      methods: {
        'storage.StorageService/Disks': read,
        'storage.StorageService/BlockDeviceWipe': {
          idempotency: 'unsafe',
          lookUp: 'the resource DiscoveredVolumes.block.talos.dev shows what is left on the disk',
          timeoutMs: 'none',
          roles: admin,
          since: '1.9',
          required: {
            'devices.device': 'would name no device',
            'devices.method': 'would wipe no more than the signatures',
          },
        },
        'machine.LVMService/LogicalVolumeRemove': {
          idempotency: 'unsafe',
          lookUp: find.volumes,
          roles: admin,
          since: '1.14',
          required: {
            volumeGroup: 'would name no volume group',
            logicalVolume: 'would name no volume',
          },
        },
        'machine.LVMService/VolumeGroupRemove': {
          idempotency: 'unsafe',
          lookUp: find.volumes,
          roles: admin,
          since: '1.14',
          required: { volumeGroup: 'would name no volume group' },
        },
        'machine.LVMService/PhysicalVolumeRemove': {
          idempotency: 'unsafe',
          lookUp: find.volumes,
          roles: admin,
          since: '1.14',
          required: { device: 'would name no device' },
        },
        'machine.MDService/Destroy': {
          name: 'mdDestroy',
          idempotency: 'unsafe',
          lookUp: find.volumes,
          roles: admin,
          since: '1.14',
          required: { device: 'would name no device' },
        },
      },
    },
    time: {
      about: 'time synchronisation',
      methods: {
        'time.TimeService/Time': { ...read, name: 'get' },
        'time.TimeService/TimeCheck': {
          ...read,
          required: { server: 'would name no time server' },
        },
      },
    },
    debug: {
      about: 'debug container',
      methods: {
        'machine.DebugService/ContainerRun': {
          idempotency: 'unsafe',
          lookUp: 'containers(node).list() shows whether it runs',
          roles: admin,
          since: '1.13',
        },
      },
    },
    inspect: {
      about: 'controller runtime',
      methods: {
        'inspect.InspectService/ControllerRuntimeDependencies': read,
      },
    },
    resources: {
      about: 'raw resource',
      methods: {
        'cosi.resource.State/Get': {
          ...read,
          required: {
            namespace: 'would name no namespace',
            type: 'would name no type',
            id: 'would name no resource',
          },
        },
        'cosi.resource.State/List': {
          ...read,
          required: { namespace: 'would name no namespace', type: 'would name no type' },
        },
        'cosi.resource.State/Watch': {
          ...read,
          required: {
            namespace: 'would name no namespace',
            type: 'would name no type',
            apiVersion: 'would leave out errors and the end of what is there already',
          },
          follows: true,
        },
        'cosi.resource.State/Create': {
          idempotency: 'unsafe',
          lookUp: find.resource,
          roles: admin,
          since: oldest,
          required: { resource: 'would create nothing' },
        },
        'cosi.resource.State/Update': {
          idempotency: 'unsafe',
          lookUp: find.resource,
          roles: admin,
          since: oldest,
          required: { newResource: 'would update nothing' },
        },
        'cosi.resource.State/Destroy': {
          idempotency: 'unsafe',
          lookUp: find.resource,
          roles: admin,
          since: oldest,
          required: {
            namespace: 'would name no namespace',
            type: 'would name no type',
            id: 'would name no resource',
          },
        },
        'cosi.resource.State/Teardown': {
          idempotency: 'unsafe',
          lookUp: find.resource,
          roles: admin,
          since: '1.14',
          required: {
            namespace: 'would name no namespace',
            type: 'would name no type',
            id: 'would name no resource',
          },
        },
        'cosi.resource.State/TeardownAndDestroy': {
          idempotency: 'unsafe',
          lookUp: find.resource,
          timeoutMs: 'none',
          roles: admin,
          since: '1.14',
          required: {
            namespace: 'would name no namespace',
            type: 'would name no type',
            id: 'would name no resource',
          },
        },
      },
    },
    security: {
      about: 'certificate (trustd, on port 50001 of control plane nodes)',
      methods: {
        'securityapi.SecurityService/Certificate': {
          idempotency: 'idempotent',
          lookUp: find.certificate,
          roles: [],
          since: oldest,
          required: { csr: 'would sign nothing' },
        },
      },
    },
  },
  aggregating: [
    'machine.MachineService',
    'cluster.ClusterService',
    'inspect.InspectService',
    'storage.StorageService',
    'time.TimeService',
  ],
  names: {
    // Readers would take `Error` for the global one.
    'common.Error': 'CommonError',
  },
  libraries: [
    { package: 'talos.resource.definitions.*', module: 'definitions/*' },
    { package: 'cosi.resource.meta', module: 'definitions/meta' },
    { package: 'resource.config', module: 'definitions/config' },
    { package: 'resource.network', module: 'definitions/network' },
    { package: 'google.api.expr.v1alpha1', module: 'definitions/expr' },
  ],
};
