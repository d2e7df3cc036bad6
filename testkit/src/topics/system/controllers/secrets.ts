import { CONFIG, type Controller, HOSTNAME, MACHINE_TYPE } from './controller.js';

/** Controllers of keys, certificates, trust and SideroLink. */
export const secretsControllers: readonly Controller[] = [
  {
    name: 'secrets.APICertSANsController',
    shared: ['CertSANs.secrets.talos.dev'],
    weak: [
      HOSTNAME,
      'network/NodeAddresses.net.talos.dev/accumulative-no-k8s',
      'secrets/OSRootSecrets.secrets.talos.dev/os',
    ],
  },
  {
    name: 'secrets.APIController',
    exclusive: ['ApiCertificates.secrets.talos.dev'],
    weak: [MACHINE_TYPE, 'network/NetworkStatuses.net.talos.dev/status'],
  },
  {
    name: 'secrets.EncryptionSaltController',
    shared: ['EncryptionSalts.secrets.talos.dev', 'VolumeMountRequests.block.talos.dev'],
    strong: ['runtime/VolumeMountStatuses.block.talos.dev'],
    destroyReady: ['runtime/VolumeMountRequests.block.talos.dev'],
  },
  {
    name: 'secrets.EtcdController',
    exclusive: ['EtcdSecrets.secrets.talos.dev'],
    weak: [
      HOSTNAME,
      'network/NetworkStatuses.net.talos.dev/status',
      'network/NodeAddresses.net.talos.dev/accumulative-no-k8s',
      'runtime/TimeStatuses.v1alpha1.talos.dev/node',
      'secrets/EtcdRootSecrets.secrets.talos.dev/etcd',
    ],
  },
  {
    name: 'secrets.KubeletController',
    exclusive: ['KubeletSecrets.secrets.talos.dev'],
    weak: ['config/MachineConfigs.config.talos.dev'],
  },
  {
    name: 'secrets.KubernetesCertSANsController',
    shared: ['CertSANs.secrets.talos.dev'],
    weak: [
      HOSTNAME,
      'network/NodeAddresses.net.talos.dev/accumulative-no-k8s',
      'secrets/KubernetesRootSecrets.secrets.talos.dev/k8s',
    ],
  },
  {
    name: 'secrets.KubernetesController',
    exclusive: ['KubernetesSecrets.secrets.talos.dev'],
    weak: [
      'runtime/TimeStatuses.v1alpha1.talos.dev/node',
      'secrets/KubernetesRootSecrets.secrets.talos.dev/k8s',
    ],
  },
  {
    name: 'secrets.KubernetesDynamicCertsController',
    exclusive: ['KubernetesDynamicCerts.secrets.talos.dev'],
    weak: [
      'network/NetworkStatuses.net.talos.dev/status',
      'runtime/TimeStatuses.v1alpha1.talos.dev/node',
      'secrets/CertSANs.secrets.talos.dev/k8s',
      'secrets/KubernetesRootSecrets.secrets.talos.dev/k8s',
    ],
  },
  {
    name: 'secrets.MaintenanceCertSANsController',
    shared: ['CertSANs.secrets.talos.dev'],
    weak: [HOSTNAME, 'network/NodeAddresses.net.talos.dev/accumulative'],
  },
  {
    name: 'secrets.MaintenanceRootController',
    exclusive: ['MaintenanceRootSecrets.secrets.talos.dev'],
  },
  {
    name: 'secrets.RootEtcdController',
    exclusive: ['EtcdRootSecrets.secrets.talos.dev'],
    weak: ['config/MachineConfigs.config.talos.dev'],
  },
  {
    name: 'secrets.RootKubernetesController',
    exclusive: ['KubernetesRootSecrets.secrets.talos.dev'],
    weak: ['config/MachineConfigs.config.talos.dev'],
  },
  {
    name: 'secrets.RootOSController',
    exclusive: ['OSRootSecrets.secrets.talos.dev'],
    weak: ['config/MachineConfigs.config.talos.dev'],
  },
  {
    name: 'secrets.TrustdController',
    exclusive: ['TrustdCertificates.secrets.talos.dev'],
    weak: [MACHINE_TYPE, 'network/NetworkStatuses.net.talos.dev/status'],
  },
  {
    name: 'secrets.TrustedRootsController',
    shared: ['EtcFileSpecs.files.talos.dev'],
    weak: [CONFIG],
  },
  {
    name: 'security.ImageVerificationConfigController',
    exclusive: ['ImageVerificationRules.security.talos.dev'],
    weak: [CONFIG],
  },
  {
    name: 'security.TUFTrustedRootController',
    exclusive: ['TUFTrustedRoots.security.talos.dev'],
    weak: ['security/ImageVerificationRules.security.talos.dev'],
  },
  {
    name: 'siderolink.ConfigController',
    exclusive: ['SiderolinkConfigs.siderolink.talos.dev'],
    weak: [CONFIG],
  },
  {
    name: 'siderolink.ManagerController',
    exclusive: ['SiderolinkTunnels.siderolink.talos.dev'],
    shared: ['AddressSpecs.net.talos.dev', 'LinkSpecs.net.talos.dev'],
    weak: [
      'config/SiderolinkConfigs.siderolink.talos.dev/siderolink',
      'hardware/SystemInformations.hardware.talos.dev/systeminformation',
      'runtime/UniqueMachineTokens.runtime.talos.dev/unique-machine-token',
    ],
  },
  {
    name: 'siderolink.StatusController',
    exclusive: ['SiderolinkStatuses.siderolink.talos.dev'],
    weak: [
      'config/SiderolinkConfigs.siderolink.talos.dev/siderolink',
      'config/SiderolinkTunnels.siderolink.talos.dev/siderolink-tunnel',
    ],
  },
  {
    name: 'siderolink.UserspaceWireguardController',
    weak: ['config/SiderolinkTunnels.siderolink.talos.dev/siderolink-tunnel'],
  },
];
