import type { Definition } from './definition.js';

/** The types of the cluster: discovery, etcd, KubeSpan, SideroLink and secrets. */
export const clusterDefinitions: readonly Definition[] = [
  {
    type: 'Affiliates.cluster.talos.dev',
    namespace: 'cluster',
    columns: [
      ['Hostname', '{.hostname}'],
      ['Machine Type', '{.machineType}'],
      ['Addresses', '{.addresses}'],
    ],
  },
  { type: 'ApiCertificates.secrets.talos.dev', namespace: 'secrets', sensitive: true },
  { type: 'CertSANs.secrets.talos.dev', namespace: 'secrets', sensitive: true },
  { type: 'DiscoveryConfigs.cluster.talos.dev', namespace: 'config', sensitive: true },
  {
    type: 'EncryptionSalts.secrets.talos.dev',
    namespace: 'secrets',
    since: '1.11',
    sensitive: true,
  },
  { type: 'EtcdConfigs.etcd.talos.dev', namespace: 'etcd', columns: [['Image', '{.image}']] },
  {
    type: 'EtcdMembers.etcd.talos.dev',
    namespace: 'etcd',
    columns: [['Member ID', '{.memberID}']],
  },
  { type: 'EtcdRootSecrets.secrets.talos.dev', namespace: 'secrets', sensitive: true },
  { type: 'EtcdSecrets.secrets.talos.dev', namespace: 'secrets', sensitive: true },
  {
    type: 'EtcdSpecs.etcd.talos.dev',
    namespace: 'etcd',
    columns: [
      ['Name', '{.name}'],
      ['AdvertisedAddresses', '{.advertisedAddresses}'],
      ['ListenPeerAddresses', '{.listenPeerAddresses}'],
      ['ListenClientAddresses', '{.listenClientAddresses}'],
    ],
  },
  { type: 'Identities.cluster.talos.dev', namespace: 'cluster', columns: [['ID', '{.nodeId}']] },
  {
    type: 'Infos.cluster.talos.dev',
    namespace: 'cluster',
    columns: [
      ['Cluster ID', '{.clusterId}'],
      ['Cluster Name', '{.clusterName}'],
    ],
  },
  { type: 'KubeletSecrets.secrets.talos.dev', namespace: 'secrets', sensitive: true },
  { type: 'KubernetesAccessConfigs.cluster.talos.dev', namespace: 'config' },
  { type: 'KubernetesDynamicCerts.secrets.talos.dev', namespace: 'secrets', sensitive: true },
  { type: 'KubernetesRootSecrets.secrets.talos.dev', namespace: 'secrets', sensitive: true },
  { type: 'KubernetesSecrets.secrets.talos.dev', namespace: 'secrets', sensitive: true },
  { type: 'KubeSpanConfigs.kubespan.talos.dev', namespace: 'config', sensitive: true },
  {
    type: 'KubeSpanEndpoints.kubespan.talos.dev',
    namespace: 'kubespan',
    columns: [
      ['Endpoint', '{.endpoint}'],
      ['Affiliate ID', '{.affiliateID}'],
    ],
  },
  {
    type: 'KubeSpanIdentities.kubespan.talos.dev',
    namespace: 'kubespan',
    columns: [
      ['Address', '{.address}'],
      ['PublicKey', '{.publicKey}'],
    ],
    sensitive: true,
  },
  {
    type: 'KubeSpanPeerSpecs.kubespan.talos.dev',
    namespace: 'kubespan',
    columns: [
      ['Label', '{.label}'],
      ['Endpoints', '{.endpoints}'],
    ],
  },
  {
    type: 'KubeSpanPeerStatuses.kubespan.talos.dev',
    namespace: 'kubespan',
    columns: [
      ['Label', '{.label}'],
      ['Endpoint', '{.endpoint}'],
      ['State', '{.state}'],
      ['Rx', '{.receiveBytes}'],
      ['Tx', '{.transmitBytes}'],
    ],
  },
  { type: 'MaintenanceRootSecrets.secrets.talos.dev', namespace: 'secrets', sensitive: true },
  {
    type: 'Members.cluster.talos.dev',
    namespace: 'cluster',
    columns: [
      ['Hostname', '{.hostname}'],
      ['Machine Type', '{.machineType}'],
      ['OS', '{.operatingSystem}'],
      ['Addresses', '{.addresses}'],
    ],
  },
  { type: 'OSRootSecrets.secrets.talos.dev', namespace: 'secrets', sensitive: true },
  {
    type: 'PKIStatuses.etcd.talos.dev',
    namespace: 'etcd',
    columns: [
      ['Ready', '{.ready}'],
      ['Secrets Version', '{.version}'],
    ],
  },
  {
    type: 'SiderolinkConfigs.siderolink.talos.dev',
    namespace: 'config',
    columns: [
      ['API Endpoint', '{.apiEndpoint}'],
      ['Tunnel', '{.tunnel}'],
    ],
    sensitive: true,
  },
  {
    type: 'SiderolinkStatuses.siderolink.talos.dev',
    namespace: 'config',
    since: '1.8',
    columns: [
      ['Host', '{.host}'],
      ['Connected', '{.connected}'],
    ],
  },
  {
    type: 'SiderolinkTunnels.siderolink.talos.dev',
    namespace: 'config',
    since: '1.7',
    columns: [
      ['API Endpoint', '{.apiEndpoint}'],
      ['Link name', '{.linkName}'],
      ['MTU', '{.mtu}'],
      ['Node address', '{.nodeAddress}'],
    ],
    sensitive: true,
  },
  { type: 'TrustdCertificates.secrets.talos.dev', namespace: 'secrets', sensitive: true },
];
