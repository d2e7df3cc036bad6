import type {
  V1Alpha1InstallConfig,
  V1Alpha1KubeletConfig,
  V1Alpha1LoggingConfig,
  V1Alpha1MachineConfig,
} from '../../../../generated/machine-config/index.js';
import { parseUrl } from '../../scalars/url.js';
import type { Reporter } from '../reporter.js';
import { isSubnetOrAddress, quote } from '../words.js';
import { runtimeSpecTrouble } from './runtime-spec.js';

/** Fields of the kubelet's configuration that Talos sets itself. */
const protectedKubeletFields = [
  'apiVersion',
  'authentication',
  'authorization',
  'cgroupRoot',
  'kind',
  'kubeletCgroups',
  'port',
  'protectKernelDefaults',
  'resolvConf',
  'rotateCertificates',
  'systemCgroups',
  'staticPodPath',
  'seccompDefault',
];

/** Disks that are partitioned. */
export function checkDisks({ disks = [] }: V1Alpha1MachineConfig, report: Reporter): void {
  for (const { device = '', partitions = [] } of disks) {
    for (const { size = 0 } of partitions.slice(0, -1)) {
      if (Number(size) === 0) {
        report.error(
          `partition for disk ${quote(device)} is set to occupy full disk, but it's not the last partition in the list`,
        );
      }
    }
  }
}

/** The kubelet. */
export function checkKubelet(
  { nodeIP, extraConfig = {} }: V1Alpha1KubeletConfig,
  report: Reporter,
): void {
  for (const subnet of nodeIP?.validSubnets ?? []) {
    const text = subnet.replace(/^!/, '');
    if (!isSubnetOrAddress(text)) {
      report.error(`kubelet nodeIP subnet is not valid: ${quote(text)}`);
    }
  }
  for (const field of protectedKubeletFields) {
    if (Object.hasOwn(extraConfig, field)) {
      report.error(`kubelet configuration field ${quote(field)} can't be overridden`);
    }
  }
}

/** Encryption of STATE and EPHEMERAL. */
export function checkEncryption(
  { systemDiskEncryption }: V1Alpha1MachineConfig,
  report: Reporter,
): void {
  for (const [label, config] of [
    ['EPHEMERAL', systemDiskEncryption?.ephemeral],
    ['STATE', systemDiskEncryption?.state],
  ] as const) {
    if (config === undefined) continue;
    const about = `partition ${quote(label)}`;
    const { keys = [] } = config;
    if (keys.length === 0) report.error(`${about}: no encryption keys provided`);
    const slots = new Set<number>();
    for (const { slot = 0, ...key } of keys) {
      if (slots.has(slot)) report.error(`${about}: encryption key slot ${slot} is already in use`);
      slots.add(slot);
      const kinds = [key.nodeID, key.static, key.kms, key.tpm];
      if (kinds.every((kind) => kind === undefined)) {
        report.error(
          `${about}: encryption key at slot ${slot} doesn't have the configuration parameters`,
        );
      }
    }
  }
}

/** Receivers of logs. */
export function checkLogging({ destinations = [] }: V1Alpha1LoggingConfig, report: Reporter): void {
  for (const { endpoint, format } of destinations) {
    const url = endpoint === undefined ? undefined : parseUrl(endpoint);
    if (url === undefined) report.error('empty logging endpoint');
    else {
      if (url.host === '') report.error("empty logging endpoint's host");
      if (url.scheme !== 'tcp' && url.scheme !== 'udp') {
        report.error(`unexpected logging endpoint scheme ${quote(url.scheme)}`);
      }
    }
    if (format !== 'json_lines') report.error(`unknown logging format ${quote(format ?? '')}`);
  }
}

/** System extensions, which are no longer installed this way. */
export function checkExtensions(
  install: V1Alpha1InstallConfig | undefined,
  report: Reporter,
): void {
  const { extensions = [] } = install ?? {};
  const seen = new Set<string>();
  for (const { image = '' } of extensions) {
    if (seen.has(image)) report.error(`duplicate system extension ${quote(image)}`);
    seen.add(image);
  }
  if (seen.size > 0) {
    report.warn(
      '.machine.install.extensions is deprecated, please see https://docs.siderolabs.com/talos/latest/platform-specific-installations/boot-assets',
    );
  }
}

/** Overrides of the runtime specification. */
export function checkRuntimeSpec(
  { baseRuntimeSpecOverrides = {} }: V1Alpha1MachineConfig,
  report: Reporter,
): void {
  if (Object.keys(baseRuntimeSpecOverrides).length === 0) return;
  report.warn(
    '.machine.baseRuntimeSpecOverrides is deprecated; use a CRIBaseRuntimeSpecConfig document instead',
  );
  const trouble = runtimeSpecTrouble(baseRuntimeSpecOverrides);
  if (trouble !== undefined) {
    report.error(`failed to unmarshal base runtime spec overrides: ${trouble}`);
  }
}
