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

const read = { idempotency: 'read', roles: readers, since: oldest } as const;

/** The driver and the namespace of an instance have zero values that are invalid or surprising. */
const containerd = ['containerd.driver', 'containerd.namespace'] as const;

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
          roles: admin,
          since: oldest,
          controlPlane: true,
        },
        'machine.MachineService/Reboot': { idempotency: 'unsafe', roles: operators, since: oldest },
        'machine.MachineService/Shutdown': {
          idempotency: 'unsafe',
          roles: operators,
          since: oldest,
        },
        'machine.MachineService/Reset': {
          idempotency: 'unsafe',
          roles: admin,
          since: oldest,
          required: ['graceful', 'reboot', 'mode', 'systemPartitionsToWipe'],
        },
        'machine.MachineService/Rollback': { idempotency: 'unsafe', roles: admin, since: oldest },
        'machine.MachineService/Upgrade': {
          name: 'upgradeLegacy',
          idempotency: 'unsafe',
          roles: admin,
          since: oldest,
          required: ['image'],
        },
        'machine.LifecycleService/Install': {
          idempotency: 'unsafe',
          roles: admin,
          since: '1.13',
          required: [...containerd, 'source.imageName', 'destination.disk'],
        },
        'machine.LifecycleService/Upgrade': {
          idempotency: 'unsafe',
          roles: admin,
          since: '1.13',
          required: [...containerd, 'source.imageName'],
        },
      },
    },
    configuration: {
      about: 'machine configuration',
      methods: {
        'machine.MachineService/ApplyConfiguration': {
          name: 'apply',
          idempotency: 'unsafe',
          roles: admin,
          since: oldest,
          required: ['data', 'mode'],
        },
        'machine.MachineService/GenerateClientConfiguration': {
          name: 'generateClientConfiguration',
          idempotency: 'idempotent',
          roles: admin,
          since: oldest,
          controlPlane: true,
          required: ['roles', 'crtTtl'],
        },
        'machine.MachineService/GenerateConfiguration': {
          name: 'generateConfiguration',
          idempotency: 'read',
          roles: admin,
          since: oldest,
          until: '1.12',
          required: ['configVersion', 'clusterConfig', 'machineConfig'],
        },
      },
    },
    meta: {
      about: 'META partition',
      methods: {
        'machine.MachineService/MetaWrite': {
          idempotency: 'idempotent',
          roles: metaWriters,
          since: oldest,
          required: ['key', 'value'],
        },
        'machine.MachineService/MetaDelete': {
          idempotency: 'unsafe',
          roles: metaWriters,
          since: oldest,
          required: ['key'],
        },
      },
    },
    cluster: {
      about: 'cluster health and kubeconfig',
      methods: {
        'cluster.ClusterService/HealthCheck': {
          ...read,
          controlPlane: true,
          required: ['waitTimeout'],
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
          roles: operators,
          since: oldest,
          required: ['id'],
        },
        'machine.MachineService/ServiceStop': {
          idempotency: 'idempotent',
          roles: operators,
          since: oldest,
          required: ['id'],
        },
        'machine.MachineService/ServiceRestart': {
          idempotency: 'unsafe',
          roles: operators,
          since: oldest,
          required: ['id'],
        },
      },
    },
    containers: {
      about: 'container',
      methods: {
        'machine.MachineService/Containers': { ...read, name: 'list', required: ['namespace'] },
        'machine.MachineService/Stats': { ...read, required: ['namespace'] },
        'machine.MachineService/Restart': {
          idempotency: 'unsafe',
          roles: operators,
          since: oldest,
          required: ['namespace', 'id'],
        },
      },
    },
    logs: {
      about: 'log and kernel message',
      methods: {
        'machine.MachineService/Logs': { ...read, required: ['namespace', 'id', 'tailLines'] },
        'machine.MachineService/Dmesg': read,
        'machine.MachineService/LogsContainers': { ...read, since: '1.7' },
      },
    },
    events: {
      about: 'event',
      methods: {
        'machine.MachineService/Events': { ...read, name: 'watch' },
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
        'machine.MachineService/List': { ...read, required: ['root'] },
        'machine.MachineService/DiskUsage': { ...read, required: ['paths'] },
        'machine.MachineService/Read': { ...read, roles: admin, required: ['path'] },
        'machine.MachineService/Copy': { ...read, roles: admin, required: ['rootPath'] },
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
        'machine.MachineService/Netstat': { ...read, required: ['l4proto', 'netns'] },
        'machine.MachineService/PacketCapture': {
          ...read,
          roles: operators,
          required: ['interface'],
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
          required: ['member'],
        },
        'machine.MachineService/EtcdRemoveMemberByID': {
          idempotency: 'unsafe',
          roles: admin,
          since: oldest,
          controlPlane: true,
          required: ['memberId'],
        },
        'machine.MachineService/EtcdLeaveCluster': {
          idempotency: 'unsafe',
          roles: admin,
          since: oldest,
          controlPlane: true,
        },
        'machine.MachineService/EtcdForfeitLeadership': {
          idempotency: 'idempotent',
          roles: admin,
          since: oldest,
          controlPlane: true,
        },
        'machine.MachineService/EtcdRecover': {
          idempotency: 'unsafe',
          roles: admin,
          since: oldest,
          controlPlane: true,
        },
        'machine.MachineService/EtcdSnapshot': { ...read, roles: backup, controlPlane: true },
        'machine.MachineService/EtcdAlarmList': { ...read, roles: etcdReaders, controlPlane: true },
        'machine.MachineService/EtcdAlarmDisarm': {
          idempotency: 'idempotent',
          roles: operators,
          since: oldest,
          controlPlane: true,
        },
        'machine.MachineService/EtcdDefragment': {
          idempotency: 'unsafe',
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
          required: ['version'],
        },
        'machine.MachineService/EtcdDowngradeEnable': {
          idempotency: 'unsafe',
          roles: admin,
          since: '1.11',
          controlPlane: true,
          required: ['version'],
        },
        'machine.MachineService/EtcdDowngradeCancel': {
          idempotency: 'idempotent',
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
          roles: operators,
          since: '1.13',
          required: [...containerd, 'imageRef'],
        },
        'machine.ImageService/Import': { idempotency: 'unsafe', roles: admin, since: '1.13' },
        'machine.ImageService/Remove': {
          idempotency: 'unsafe',
          roles: admin,
          since: '1.13',
          required: [...containerd, 'imageRef'],
        },
        'machine.ImageService/Verify': {
          ...read,
          roles: verifiers,
          since: '1.13',
          required: ['imageRef'],
        },
        'machine.MachineService/ImageList': {
          ...read,
          name: 'listLegacy',
          required: ['namespace'],
        },
        'machine.MachineService/ImagePull': {
          name: 'pullLegacy',
          idempotency: 'idempotent',
          roles: operators,
          since: oldest,
          required: ['namespace', 'reference'],
        },
      },
    },
    storage: {
      about: 'disk, LVM and software RAID',
      methods: {
        'storage.StorageService/Disks': read,
        'storage.StorageService/BlockDeviceWipe': {
          idempotency: 'unsafe',
          roles: admin,
          since: '1.9',
          required: ['devices.device', 'devices.method'],
        },
        'machine.LVMService/LogicalVolumeRemove': {
          idempotency: 'unsafe',
          roles: admin,
          since: '1.14',
          required: ['volumeGroup', 'logicalVolume'],
        },
        'machine.LVMService/VolumeGroupRemove': {
          idempotency: 'unsafe',
          roles: admin,
          since: '1.14',
          required: ['volumeGroup'],
        },
        'machine.LVMService/PhysicalVolumeRemove': {
          idempotency: 'unsafe',
          roles: admin,
          since: '1.14',
          required: ['device'],
        },
        'machine.MDService/Destroy': {
          name: 'mdDestroy',
          idempotency: 'unsafe',
          roles: admin,
          since: '1.14',
          required: ['device'],
        },
      },
    },
    time: {
      about: 'time synchronisation',
      methods: {
        'time.TimeService/Time': { ...read, name: 'get' },
        'time.TimeService/TimeCheck': { ...read, required: ['server'] },
      },
    },
    debug: {
      about: 'debug container',
      methods: {
        'machine.DebugService/ContainerRun': {
          idempotency: 'unsafe',
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
        'cosi.resource.State/Get': { ...read, required: ['namespace', 'type', 'id'] },
        'cosi.resource.State/List': { ...read, required: ['namespace', 'type'] },
        'cosi.resource.State/Watch': { ...read, required: ['namespace', 'type', 'apiVersion'] },
        'cosi.resource.State/Create': {
          idempotency: 'unsafe',
          roles: admin,
          since: oldest,
          required: ['resource'],
        },
        'cosi.resource.State/Update': {
          idempotency: 'unsafe',
          roles: admin,
          since: oldest,
          required: ['newResource'],
        },
        'cosi.resource.State/Destroy': {
          idempotency: 'unsafe',
          roles: admin,
          since: oldest,
          required: ['namespace', 'type', 'id'],
        },
        'cosi.resource.State/Teardown': {
          idempotency: 'unsafe',
          roles: admin,
          since: '1.14',
          required: ['namespace', 'type', 'id'],
        },
        'cosi.resource.State/TeardownAndDestroy': {
          idempotency: 'unsafe',
          roles: admin,
          since: '1.14',
          required: ['namespace', 'type', 'id'],
        },
      },
    },
    security: {
      about: 'certificate (trustd, on port 50001 of control plane nodes)',
      methods: {
        'securityapi.SecurityService/Certificate': {
          idempotency: 'idempotent',
          roles: [],
          since: oldest,
          required: ['csr'],
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
