import type {
  KubeAPIServerConfig,
  KubeAuthorizerConfig,
  KubeNetworkConfig,
  KubeProxyConfig,
  KubeResourcesConfig,
} from '../../../generated/machine-config/index.js';
import type { Reporter } from './reporter.js';
import type { Validators } from './validators.js';
import { quote } from './words.js';

/** Kinds of authorizers that kube-apiserver has. */
export const authorizerTypes = ['Node', 'RBAC', 'Webhook'];

/** Flags of kube-apiserver that documents of their own set. */
const deniedFlags: readonly (readonly [prefix: string, instead: string])[] = [
  ['anonymous-auth', 'use KubeAuthenticationConfig'],
  ['authentication-config', 'use KubeAuthenticationConfig'],
  ['authorization-config', 'use KubeAuthorizationConfig'],
  ['authorization-mode', 'use KubeAuthorizationConfig'],
  ['authorization-webhook-', 'use KubeAuthorizationConfig'],
  ['oidc-', 'use KubeAuthenticationConfig'],
];

/** The components of Kubernetes. */
export const kubernetesValidators: Validators = {
  KubeAdmissionControlConfig: ({ name }, report) => {
    if (!name) report.error('admission control plugin name is required');
  },
  KubeAPIServerConfig: (document, report) => {
    if (!document.image) report.error('kube-apiserver image cannot be empty');
    deniedFlagsOf(document, report);
    resources(document.resources, report);
  },
  KubeAuthorizerConfig: (document, report) => authorizer(document, report),
  KubeControllerManagerConfig: ({ enabled, image, resources: given }, report) => {
    if (enabled === false) return;
    if (!image) report.error('kube-controller-manager image cannot be empty');
    resources(given, report);
  },
  KubeEtcdEncryptionConfig: ({ config }, report) => {
    if (config === undefined || Object.keys(config).length === 0) {
      report.error('etcd encryption config is required');
    }
  },
  KubeFlannelCNIConfig: ({ backendType, resources: given }, report) => {
    if (!backendType) report.error('flannel backend type must be specified');
    resources(given, report);
  },
  KubeNetworkConfig: (document, report) => network(document, report),
  KubeProxyConfig: (document, report) => proxy(document, report),
  KubeSchedulerConfig: ({ enabled, image, resources: given }, report) => {
    if (enabled === false) return;
    if (!image) report.error('scheduler image cannot be empty');
    resources(given, report);
  },
};

function deniedFlagsOf({ extraArgs = {} }: KubeAPIServerConfig, report: Reporter): void {
  for (const [prefix, instead] of deniedFlags) {
    for (const flag of Object.keys(extraArgs)) {
      if (flag.startsWith(prefix)) {
        report.error(`kube-apiserver extra argument ${quote(flag)} is not allowed: ${instead}`);
      }
    }
  }
}

/** Pods of the control plane may ask for memory and processor time only. */
export function unsupportedResource({ requests, limits }: KubeResourcesConfig): string | undefined {
  const keys = [...Object.keys(requests ?? {}), ...Object.keys(limits ?? {})];
  const key = keys.find((name) => name !== 'memory' && name !== 'cpu');
  return key === undefined ? undefined : `unsupported pod resource ${quote(key)}`;
}

function resources(given: KubeResourcesConfig | undefined, report: Reporter): void {
  const trouble = unsupportedResource(given ?? {});
  if (trouble !== undefined) report.error(trouble);
}

function authorizer({ name, type = '' as never, webhook }: KubeAuthorizerConfig, report: Reporter) {
  const given: string = type;
  if (!name) report.error('authorizer name is required');
  if (given === '') report.error('authorizer type is required');
  if (!authorizerTypes.includes(given)) report.error(authorizerTypeTrouble(given));
  const hasWebhook = webhook !== undefined && Object.keys(webhook).length > 0;
  if (given === 'Webhook' && !hasWebhook) {
    report.error('authorizer webhook configuration is required for Webhook authorizer type');
  }
  if (given !== 'Webhook' && hasWebhook) {
    report.warn('authorizer webhook configuration is not allowed non-Webhook authorizer types');
  }
}

export function authorizerTypeTrouble(type: string): string {
  return `authorizer type ${type} is not allowed, allowed types are [${authorizerTypes.join(' ')}]`;
}

function network(document: KubeNetworkConfig, report: Reporter): void {
  const { podSubnets = [], serviceSubnets = [] } = document;
  const podTrouble = subnetsTrouble(podSubnets);
  if (podTrouble !== undefined) report.error(`pod subnets: ${podTrouble}`);
  const serviceTrouble = subnetsTrouble(serviceSubnets);
  if (serviceTrouble !== undefined) report.error(`service subnets: ${serviceTrouble}`);
  if (podSubnets.length !== serviceSubnets.length) {
    report.error('the number of pod subnets must match the number of service subnets');
  }
}

/** How many bits a subnet leaves at least. */
const fewestBits = 4;

function subnetsTrouble(subnets: readonly string[]): string | undefined {
  if (subnets.length === 0) return 'at least one subnets must be specified';
  if (subnets.length > 2) return 'at most two subnets can be specified for dual-stack clusters';
  for (const subnet of subnets) {
    const [address = '', length = '0'] = subnet.split('/');
    const bits = address.includes(':') ? 128 : 32;
    if (!isMasked(address, Number(length))) {
      return `invalid subnet: ${subnet} is not a valid CIDR`;
    }
    if (bits - Number(length) < fewestBits) {
      return `invalid subnet: ${subnet} is too small, it must be at least /${fewestBits} IPs`;
    }
  }
  const families = subnets.map((subnet) => subnet.includes(':'));
  return new Set(families).size < families.length
    ? 'at most one IPv4 and one IPv6 subnet can be specified for dual-stack clusters'
    : undefined;
}

/** Whether an address has zeros only behind the bits of its network. */
function isMasked(address: string, length: number): boolean {
  const bits = address.includes(':') ? bitsOfIPv6(address) : bitsOfIPv4(address);
  return !bits.slice(length).includes('1');
}

function bitsOfIPv4(address: string): string {
  return address
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('');
}

function bitsOfIPv6(address: string): string {
  const dotted = /(?<=:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/;
  const hex = address.replace(dotted, (_, a, b, c, d) =>
    [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)]
      .map((part) => part.toString(16))
      .join(':'),
  );
  const [front = '', back] = hex.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const missing = 8 - groups(front).length - groups(back ?? '').length;
  const all = [
    ...groups(front),
    ...new Array<string>(Math.max(missing, 0)).fill('0'),
    ...groups(back ?? ''),
  ];
  return all.map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0')).join('');
}

function proxy(document: KubeProxyConfig, report: Reporter): void {
  const { enabled, image, mode = '', extraArgs = {} } = document;
  if (enabled === false) return;
  if (!image) report.error('proxy image cannot be empty');
  if (mode === 'iptables' || mode === 'ipvs') {
    report.warn(
      `proxy mode ${quote(mode)} is not recommended, please switch to nftables if possible`,
    );
  } else if (mode !== '' && mode !== 'nftables') {
    report.error(
      `invalid proxy mode ${quote(mode)}: supported modes are iptables, ipvs and nftables`,
    );
  }
  if (Object.keys(extraArgs).length > 0) {
    report.warn(
      'extra arguments for kube-proxy may not work as expected, please use configuration instead',
    );
  }
  resources(document.resources, report);
}
