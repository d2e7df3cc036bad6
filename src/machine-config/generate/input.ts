import { type Contract, isAtLeast } from '../contract.js';
import type { BundledAuthority, SecretsBundle } from '../secrets/bundle.js';
import type { GenerateOptions } from './options.js';

/** What a machine is in its cluster. */
export type MachineType = 'controlplane' | 'worker';

/** Options that were found good, with what follows from them. */
export interface Input extends Omit<GenerateOptions, 'kubernetes' | 'talos' | 'installDisk'> {
  readonly contract: Contract;
  /** Without the v; absent for machines without Kubernetes. */
  readonly kubernetes: string | undefined;
  readonly installDisk: string | undefined;
  readonly installImage: string;
  readonly endpointHost: string;
  readonly additionalSans: readonly string[];
  readonly dnsDomain: string;
  readonly podSubnets: readonly string[];
  readonly serviceSubnets: readonly string[];
  readonly discovery: boolean;
  readonly kubePrismPort: number;
}

/** What the parts of a configuration are made from. */
export class Plan {
  readonly input: Input;
  readonly type: MachineType;
  readonly isControlPlane: boolean;
  /** Whether Kubernetes, discovery, installation and more have documents of their own. */
  readonly isMultidoc: boolean;

  constructor(input: Input, type: MachineType) {
    this.input = input;
    this.type = type;
    this.isControlPlane = type === 'controlplane';
    this.isMultidoc = isAtLeast(input.contract, '1.14');
  }

  get secrets(): SecretsBundle {
    return this.input.secrets;
  }

  /** Whether the contract is that of a release or newer: `since('1.12')`. */
  since(release: `${number}.${number}`): boolean {
    return isAtLeast(this.input.contract, release);
  }

  /** The image of a component of Kubernetes. */
  image(name: keyof typeof repositories): string {
    return `${repositories[name]}:v${this.input.kubernetes}`;
  }

  /** The label that keeps load balancers of clouds off control planes, where the contract has it. */
  get loadBalancerLabel(): Readonly<Record<string, string>> {
    return this.isControlPlane && this.since('1.8')
      ? { 'node.kubernetes.io/exclude-from-external-load-balancers': '' }
      : {};
  }
}

const repositories = {
  kubelet: 'ghcr.io/siderolabs/kubelet',
  apiServer: 'registry.k8s.io/kube-apiserver',
  controllerManager: 'registry.k8s.io/kube-controller-manager',
  scheduler: 'registry.k8s.io/kube-scheduler',
  proxy: 'registry.k8s.io/kube-proxy',
} as const;

/** The value, if the condition holds. */
export function when<Value>(condition: boolean, value: Value): Value | undefined {
  return condition ? value : undefined;
}

/** An authority in the form of the v1alpha1 document: base64 of PEM text. */
export function encodedAuthority(authority: BundledAuthority | undefined) {
  return authority && { crt: btoa(authority.cert), key: btoa(authority.key) };
}
