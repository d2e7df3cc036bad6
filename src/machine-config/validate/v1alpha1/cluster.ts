import type {
  V1Alpha1APIServerConfig,
  V1Alpha1ClusterConfig,
  V1Alpha1CNIConfig,
  V1Alpha1EtcdConfig,
} from '../../../../generated/machine-config/index.js';
import { parseUrl } from '../../scalars/url.js';
import { authorizerTypes, authorizerTypeTrouble, unsupportedResource } from '../kubernetes.js';
import type { Reporter } from '../reporter.js';
import { endpointTrouble, isSubnetOrAddress, quote } from '../words.js';

/** The discovery service that nodes use unless told otherwise. */
const defaultDiscovery = 'https://discovery.talos.dev/';

/** The cluster's half of the old document. `hasEndpoint`: a document of its own names the endpoint. */
export function checkCluster(
  cluster: V1Alpha1ClusterConfig | undefined,
  { isControlPlane, hasEndpoint }: { isControlPlane: boolean; hasEndpoint: boolean },
  report: Reporter,
): void {
  if (cluster === undefined) {
    report.error('cluster instructions are required');
    return;
  }
  const endpoint = cluster.controlPlane?.endpoint;
  if (endpoint === undefined && !hasEndpoint) {
    report.error('cluster controlplane endpoint is required');
    return;
  }
  const trouble = endpoint === undefined ? undefined : endpointTrouble(endpoint);
  if (trouble !== undefined) report.error(`invalid controlplane endpoint: ${trouble}`);
  const domain = cluster.network?.dnsDomain;
  if (domain && !isDnsName(domain)) report.error(`${quote(domain)} is not a valid DNS name`);
  checkCloudProvider(cluster, report);
  if (cluster.etcd !== undefined) {
    if (isControlPlane) checkEtcd(cluster.etcd, report);
    else report.error('etcd config is only allowed on control plane machines');
  }
  if (!isControlPlane && cluster.ca?.key) {
    report.error('cluster CA key is not allowed on non-controlplane nodes (.cluster.ca)');
  }
  checkInlineManifests(cluster, report);
  checkDiscovery(cluster, report);
  checkApiServer(cluster.apiServer, report);
  const managerTrouble = unsupportedResource(cluster.controllerManager?.resources ?? {});
  if (managerTrouble !== undefined) {
    report.error(`controller-manager resource validation failed: ${managerTrouble}`);
  }
  const schedulerTrouble = unsupportedResource(cluster.scheduler?.resources ?? {});
  if (schedulerTrouble !== undefined) {
    report.error(`scheduler resource validation failed: ${schedulerTrouble}`);
  }
}

function isDnsName(name: string): boolean {
  const dots = name.split('.').length - 1;
  return (
    name.length - dots <= 255 &&
    /^[a-zA-Z0-9_][a-zA-Z0-9_-]{0,62}(?:\.[a-zA-Z0-9_][a-zA-Z0-9_-]{0,62})*[._]?$/.test(name)
  );
}

function checkCloudProvider(
  { externalCloudProvider: provider }: V1Alpha1ClusterConfig,
  report: Reporter,
): void {
  if (provider === undefined) return;
  const { manifests = [] } = provider;
  if (provider.enabled !== true && manifests.length > 0) {
    report.error('external cloud provider is disabled, but manifests are provided');
    return;
  }
  for (const url of manifests) {
    const trouble = endpointTrouble(url);
    if (trouble !== undefined) {
      report.error(`invalid external cloud provider manifest url ${quote(url)}: ${trouble}`);
    }
  }
}

function checkEtcd(etcd: V1Alpha1EtcdConfig, report: Reporter): void {
  if (etcd.ca === undefined) report.error('key/cert combination should not be empty');
  const { advertisedSubnets = [], listenSubnets = [], subnet } = etcd;
  if (subnet && advertisedSubnets.length > 0) {
    report.error("etcd subnet can't be set when advertised subnets are set");
  }
  const advertised = advertisedSubnets.length > 0 || !subnet ? advertisedSubnets : [subnet];
  for (const [what, subnets] of [
    ['advertised', advertised],
    ['listen', listenSubnets],
  ] as const) {
    for (const given of subnets) {
      const text = given.replace(/^!/, '');
      if (!isSubnetOrAddress(text)) {
        report.error(`etcd ${what} subnet is not valid: ${quote(text)}`);
      }
    }
  }
}

function checkInlineManifests(
  { inlineManifests = [] }: V1Alpha1ClusterConfig,
  report: Reporter,
): void {
  const seen = new Set<string>();
  for (const { name = '' } of inlineManifests) {
    if (name.trim() === '') report.error("inline manifest name can't be empty");
    if (seen.has(name)) report.error(`inline manifest name ${quote(name)} is duplicate`);
    seen.add(name);
  }
}

function checkDiscovery(cluster: V1Alpha1ClusterConfig, report: Reporter): void {
  const { discovery } = cluster;
  const service = discovery?.registries?.service;
  if (discovery?.enabled !== true || service?.disabled === true) return;
  const endpoint = service?.endpoint || defaultDiscovery;
  const url = parseUrl(endpoint);
  if (url === undefined || (url.scheme === '' && !endpoint.startsWith('/'))) {
    report.error(
      `cluster discovery service registry endpoint is invalid: parse ${quote(endpoint)}: invalid URI for request`,
    );
  } else if (url.path !== '' && url.path !== '/') {
    report.error('cluster discovery service path should be empty');
  }
  if (!cluster.id) report.error('cluster discovery service requires .cluster.id');
  if (!cluster.secret) report.error('cluster discovery service requires .cluster.secret');
}

function checkApiServer(server: V1Alpha1APIServerConfig | undefined, report: Reporter): void {
  const trouble = server === undefined ? undefined : apiServerTrouble(server);
  if (trouble !== undefined) report.error(trouble);
}

/** The first thing that is wrong, as Talos tells one of them. */
function apiServerTrouble(server: V1Alpha1APIServerConfig): string | undefined {
  const { authorizationConfig, extraArgs = {} } = server;
  if (authorizationConfig !== undefined) {
    for (const flag of Object.keys(extraArgs)) {
      if (flag === 'authorization-mode') {
        return 'authorization-mode cannot be used in conjunction with AuthorizationConfig, use eitherr AuthorizationConfig or authorization-mode';
      }
      if (flag.startsWith('authorization-webhook-')) {
        return 'authorization-webhook-* flags cannot be used in conjunction with AuthorizationConfig, use either AuthorizationConfig or authorization-webhook-* flags';
      }
    }
  }
  for (const { type = '', name } of authorizationConfig ?? []) {
    const failed = (reason: string) =>
      `apiserver authorization config validation failed: ${reason}`;
    if (type === '') return failed('authorizer type must be set');
    if (!name) return failed('authorizer name must be set');
    if (!authorizerTypes.includes(type)) return failed(authorizerTypeTrouble(type));
  }
  const resource = unsupportedResource(server.resources ?? {});
  return resource === undefined ? undefined : `apiserver resource validation failed: ${resource}`;
}

/** The network plugin, of control planes. */
export function checkCni(cni: V1Alpha1CNIConfig, report: Reporter): void {
  const name: string = cni.name ?? '';
  const { urls = [], flannel } = cni;
  if (!['flannel', 'custom', 'none'].includes(name)) {
    report.error('cni name should be one of ["flannel", "custom", "none"]');
    return;
  }
  const about = `for ${quote(name)} CNI`;
  if (name !== 'custom' && urls.length > 0) report.error(`"urls" field should be empty ${about}`);
  if (name === 'custom' && urls.length === 0) {
    report.warn(`"urls" field should not be empty ${about}`);
  }
  if (name === 'flannel') return;
  if ((flannel?.extraArgs ?? []).length > 0) {
    report.error(`"flanneldExtraArgs" field should be empty ${about}`);
  }
  if (flannel?.kubeNetworkPoliciesEnabled === true) {
    report.error(`"flannelKubeNetworkPoliciesEnabled" should not be enabled ${about}`);
  }
  if (name !== 'custom') return;
  for (const url of urls) {
    const trouble = endpointTrouble(url);
    if (trouble !== undefined) report.error(trouble);
  }
}
