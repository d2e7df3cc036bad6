import { X509Certificate } from 'node:crypto';
import { supports } from '../../versions.js';
import { type ConfigDocument, mapping, textAt, type Values, valuesOf } from './documents.js';

/** What is wrong with documents, in the order and the words of Talos; empty when they are good. */
export function problemsOf(
  documents: readonly ConfigDocument[],
  main: Values | undefined,
  talosVersion: string,
): readonly string[] {
  const own = main === undefined ? [] : mainProblems(main, documents, talosVersion);
  return [
    ...(own.length > 0 ? [`v1alpha1.Config: ${multierror(own)}`] : []),
    ...documentProblems(documents),
    ...conflicts(documents, main),
  ];
}

/** Several errors as one, in the form that Go programs print them. */
export function multierror(problems: readonly string[]): string {
  const count = problems.length === 1 ? '1 error' : `${problems.length} errors`;
  return `${count} occurred:\n${problems.map((problem) => `\t* ${problem}`).join('\n')}\n\n`;
}

/** What Talos remarks of a main document that it takes. */
export function warningsOf(main: Values, talosVersion: string): readonly string[] {
  const machine = mapping(main, 'machine');
  const type = textAt(machine, 'type') ?? '';
  const old = type === '' || type === 'join';
  return [
    ...(old ? [`use "worker" instead of ${JSON.stringify(type)} for machine type`] : []),
    ...('install' in machine && supports(talosVersion, '1.14')
      ? ['machine.install is deprecated: use a document of kind UnattendedInstallConfig']
      : []),
  ];
}

function mainProblems(
  main: Values,
  documents: readonly ConfigDocument[],
  talosVersion: string,
): readonly string[] {
  if (isAbsent(main.machine)) return ['machine instructions are required'];
  const machine = mapping(main, 'machine');
  const type = textAt(machine, 'type') ?? 'worker';
  const isControlPlane = type === 'controlplane' || type === 'init';
  const isWorker = type === 'worker' || type === 'join';
  return [
    ...clusterProblems(main, documents, isControlPlane),
    ...(supports(talosVersion, '1.14') ? [] : installProblems(machine)),
    ...trustProblems(machine),
    ...(isControlPlane ? controlPlaneProblems(main) : []),
    ...(isWorker ? workerProblems(main) : []),
    ...(isControlPlane || isWorker ? [] : [`unknown machine type ${JSON.stringify(type)}`]),
    ...imageProblems(main, isControlPlane),
  ];
}

function clusterProblems(
  main: Values,
  documents: readonly ConfigDocument[],
  isControlPlane: boolean,
): readonly string[] {
  if (isAbsent(main.cluster)) return ['cluster instructions are required'];
  const cluster = mapping(main, 'cluster');
  const endpoint =
    textAt(valuesOf(documents, 'KubeClusterConfig'), 'endpoint') ??
    textAt(mapping(cluster, 'controlPlane'), 'endpoint');
  if (endpoint === undefined) return ['cluster controlplane endpoint is required'];
  const problem = endpointProblem(endpoint);
  return [
    ...(problem === undefined ? [] : [`invalid controlplane endpoint: ${problem}`]),
    ...(isControlPlane || isAbsent(cluster.etcd)
      ? []
      : ['etcd config is only allowed on control plane machines']),
    ...(isControlPlane || textAt(mapping(cluster, 'ca'), 'key') === undefined
      ? []
      : ['cluster CA key is not allowed on non-controlplane nodes (.cluster.ca)']),
  ];
}

function endpointProblem(endpoint: string): string | undefined {
  if (!URL.canParse(endpoint)) return 'hostname must not be blank';
  const { hostname, port } = new URL(endpoint);
  if (hostname === '') return 'hostname must not be blank';
  return port === '0' ? 'port number must be between 1 and 65535' : undefined;
}

function installProblems(machine: Values): readonly string[] {
  if (isAbsent(machine.install)) return ['install instructions are required in "metal" mode'];
  const { disk, diskSelector } = mapping(machine, 'install');
  return isAbsent(disk) && isAbsent(diskSelector)
    ? ['either install disk or diskSelector should be defined']
    : [];
}

function trustProblems(machine: Values): readonly string[] {
  const { ca, acceptedCAs } = machine;
  const accepted: readonly unknown[] = Array.isArray(acceptedCAs) ? acceptedCAs : [];
  if (isAbsent(ca) && accepted.length === 0) {
    return ['issuing CA or some accepted CAs are required (.machine.ca, machine.acceptedCAs)'];
  }
  // Talos finds out when it uses them; a simulated node would have nothing to use.
  return [ca, ...accepted].flatMap((one, index) => {
    const path = index === 0 ? 'machine.ca' : `machine.acceptedCAs[${index - 1}]`;
    const crt = textAt(mapping({ one }, 'one'), 'crt');
    return crt === undefined || isCertificate(crt) ? [] : [`${path}.crt is no certificate`];
  });
}

function controlPlaneProblems(main: Values): readonly string[] {
  const machine = mapping(main, 'machine');
  const { cni } = mapping(main, 'cluster', 'network');
  const plugin = textAt(mapping({ cni }, 'cni'), 'name') ?? 'flannel';
  return [
    ...(['flannel', 'custom', 'none'].includes(plugin)
      ? []
      : ['cni name should be one of ["flannel", "custom", "none"]']),
    ...(isAbsent(machine.ca)
      ? ['issuing CA is required (.machine.ca)']
      : textAt(mapping(machine, 'ca'), 'key') === undefined
        ? ['issuing CA key is required for controlplane nodes (.machine.ca.key)']
        : []),
  ];
}

function workerProblems(main: Values): readonly string[] {
  const machine = mapping(main, 'machine');
  const ca = mapping(machine, 'ca');
  const accepted = Array.isArray(machine.acceptedCAs) && machine.acceptedCAs.length > 0;
  return [
    ...(textAt(ca, 'key') === undefined
      ? []
      : ['issuing Talos API CA key is not allowed on non-controlplane nodes (.machine.ca)']),
    ...(isAbsent(machine.ca) || accepted || textAt(ca, 'crt') !== undefined
      ? []
      : [
          'trusted CA certificates are required on non-controlplane nodes ' +
            '(.machine.ca.crt, .machine.acceptedCAs)',
        ]),
    ...(textAt(mapping(main, 'cluster', 'ca'), 'key') === undefined
      ? []
      : ['issuing Kubernetes API CA key is not allowed on non-controlplane nodes (.cluster.ca)']),
  ];
}

/** Images of Kubernetes that do not say its version. */
function imageProblems(main: Values, isControlPlane: boolean): readonly string[] {
  const cluster = mapping(main, 'cluster');
  const images: readonly (readonly [string, Values])[] = [
    ['kubelet', mapping(main, 'machine', 'kubelet')],
    ...(isControlPlane
      ? ([
          ['kube-apiserver', mapping(cluster, 'apiServer')],
          ['kube-controller-manager', mapping(cluster, 'controllerManager')],
          ['kube-scheduler', mapping(cluster, 'scheduler')],
        ] as const)
      : []),
  ];
  return images.flatMap(([name, values]) => {
    const image = textAt(values, 'image');
    if (image === undefined || image.includes(':v')) return [];
    const quoted = JSON.stringify(image);
    return [
      `${name} image is not valid: failed to parse Kubernetes version from image reference ` +
        `${quoted}: invalid image reference: ${quoted}`,
    ];
  });
}

function documentProblems(documents: readonly ConfigDocument[]): readonly string[] {
  return documents.flatMap(({ kind, values }) => {
    switch (kind) {
      case 'HostnameConfig':
        return hostnameProblems(values).map((problem) => `${kind}: ${problem}`);
      case 'UnattendedInstallConfig':
        return textAt(mapping(values, 'provisioning', 'diskSelector'), 'match') === undefined
          ? [`${kind}: a disk selector is required for the installation`]
          : [];
      default:
        return [];
    }
  });
}

function hostnameProblems(values: Values): readonly string[] {
  const { auto, hostname } = values;
  if (isAbsent(auto) && isAbsent(hostname)) return ["either 'auto' or 'hostname' must be set"];
  if (typeof hostname !== 'string') return [];
  const [first = ''] = hostname.split('.');
  const problems = [
    ...(isAbsent(auto) || auto === 'off'
      ? []
      : ["'auto' and 'hostname' cannot be set at the same time"]),
    ...(hostname.length > 253 ? [`fqdn is too long: ${hostname.length}`] : []),
    ...(first.length === 0 || first.length > 63
      ? [`invalid hostname ${JSON.stringify(first)}`]
      : []),
  ];
  return problems.length === 0 ? [] : [problems.join('\n')];
}

function conflicts(documents: readonly ConfigDocument[], main: Values | undefined): string[] {
  const old = main && textAt(mapping(main, 'machine', 'network'), 'hostname');
  return old !== undefined && documents.some(({ kind }) => kind === 'HostnameConfig')
    ? ['static hostname is already set in v1alpha1 config']
    : [];
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

function isCertificate(base64: string): boolean {
  try {
    new X509Certificate(Buffer.from(base64, 'base64'));
    return true;
  } catch {
    return false;
  }
}
