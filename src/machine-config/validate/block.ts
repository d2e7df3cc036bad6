import type {
  EncryptionSpec,
  ExistingVolumeConfig,
  ExternalVolumeConfig,
  FilesystemSpec,
  ScrubConfig,
  TrimConfig,
  UserVolumeConfig,
  VolumeConfig,
  VolumeProvisioningSpec,
} from '../../../generated/machine-config/index.js';
import { parseBytes } from '../scalars/bytes.js';
import { parseDuration } from '../scalars/duration.js';
import type { Reporter } from './reporter.js';
import type { Validators } from './validators.js';
import { quote, quoteAll } from './words.js';

/** The longest name of a partition, less the two characters that Talos puts before it. */
const longestName = 34;

const systemVolumes = ['STATE', 'EPHEMERAL', 'IMAGECACHE', 'ETCD', 'CRI', 'KUBELET', 'LOG'];

/** Volumes and file systems. */
export const blockValidators: Validators = {
  VolumeConfig: (document, report) => systemVolume(document, report),
  UserVolumeConfig: (document, report) => {
    volumeName(document.name, report, longestName);
    userVolume(document, report);
    trim(document.trim, report);
    scrub(document.scrub, report);
  },
  RawVolumeConfig: (document, report) => {
    volumeName(document.name, report, longestName);
    provisioning(document.provisioning, report, { isRequired: true });
    encryption(document.encryption, report);
  },
  SwapVolumeConfig: (document, report) => {
    volumeName(document.name, report, longestName);
    provisioning(document.provisioning, report, { isRequired: true });
    encryption(document.encryption, report);
  },
  ExistingVolumeConfig: (document, report) => existingVolume(document, report),
  ExternalVolumeConfig: (document, report) => externalVolume(document, report),
  FilesystemTrimConfig: ({ interval }, report) => {
    if (isNegative(interval)) report.error('interval cannot be negative');
  },
  FilesystemScrubConfig: ({ interval }, report) => {
    if (isNegative(interval)) report.error('interval cannot be negative');
  },
  ZswapConfig: ({ maxPoolPercent = 0 }, report) => {
    if (maxPoolPercent < 0 || maxPoolPercent > 100) {
      report.error('maxPoolPercent must be between 0 and 100');
    }
  },
};

function systemVolume({ name = '', ...volume }: VolumeConfig, report: Reporter): void {
  if (!systemVolumes.includes(name)) {
    report.error(`only ${quoteAll(systemVolumes)} volumes are supported`);
    return;
  }
  if (name === 'STATE') {
    if (!isEmptyProvisioning(volume.provisioning)) {
      report.error(`provisioning config is not allowed for the ${quote(name)} volume`);
    }
    for (const key of volume.encryption?.keys ?? []) {
      if (key.lockToState === true) {
        report.error(`state-locked key is not allowed for the ${quote(name)} volume`);
      }
    }
  }
  const isFixed = name === 'STATE' || name === 'IMAGECACHE';
  if (isFixed && saysSomething(volume.mount)) {
    report.error(`mount config is not allowed for the ${quote(name)} volume`);
  }
  provisioning(volume.provisioning, report, { isRequired: false });
  encryption(volume.encryption, report);
  trim(volume.trim, report);
  scrub(volume.scrub, report);
}

function userVolume(volume: UserVolumeConfig, report: Reporter): void {
  const type = volume.volumeType ?? 'partition';
  if (type === 'directory') {
    const refuse = (what: string) =>
      report.error(`${what} spec is invalid for volumeType directory`);
    if (!isEmptyProvisioning(volume.provisioning)) refuse('provisioning');
    if (!isEmptyEncryption(volume.encryption)) refuse('encryption');
    if (saysSomething(volume.filesystem)) refuse('filesystem');
    if (saysSomething(volume.mount)) refuse('mount');
    return;
  }
  if (type !== 'disk' && type !== 'partition') {
    report.error(`unsupported volume type ${quote(type)}`);
    return;
  }
  provisioning(volume.provisioning, report, { isRequired: true, hasNoSize: type === 'disk' });
  filesystem(volume.filesystem, report);
  encryption(volume.encryption, report);
}

function existingVolume(volume: ExistingVolumeConfig, report: Reporter): void {
  volumeName(volume.name, report);
  if (!volume.discovery?.volumeSelector?.match) report.error('volume selector is required');
  trim(volume.trim, report);
  scrub(volume.scrub, report);
}

function externalVolume(volume: ExternalVolumeConfig, report: Reporter): void {
  volumeName(volume.name, report, longestName);
  const type: string = volume.filesystemType ?? 'none';
  if (type !== 'virtiofs') report.error(`invalid filesystem type: ${type}`);
  else if (volume.mount?.virtiofs === undefined) report.error('virtiofs mount spec is required');
  else if (!volume.mount.virtiofs.tag) report.error('virtiofs tag is required');
}

function volumeName(name = '', report: Reporter, longest?: number): void {
  if (name === '') report.error('name is required');
  if (longest !== undefined && (name.length < 1 || name.length > longest)) {
    report.error(`name must be between 1 and ${longest} characters long`);
  }
  if (/[^a-zA-Z0-9-]/.test(name)) {
    report.error(
      'name can only contain lowercase and uppercase ASCII letters, digits, and hyphens',
    );
  }
}

function provisioning(
  spec: VolumeProvisioningSpec = {},
  report: Reporter,
  { isRequired, hasNoSize = false }: { isRequired: boolean; hasNoSize?: boolean },
): void {
  const { minSize = '', maxSize = '' } = spec;
  if (isRequired && !spec.diskSelector?.match) report.error('disk selector is required');
  if (hasNoSize) {
    if (minSize !== '' || maxSize !== '' || spec.grow !== undefined) {
      report.error('min size, max size and grow are not supported');
    }
    return;
  }
  const isAbsolute = maxSize !== '' && !maxSize.includes('%') && !maxSize.startsWith('-');
  if (minSize !== '' && isAbsolute) {
    if (sizeOf(minSize) > sizeOf(maxSize)) report.error('min size is greater than max size');
  } else if (isRequired && minSize === '' && maxSize === '') {
    report.error('min size or max size is required');
  }
  if (minSize.startsWith('-')) report.error('min size cannot be negative');
}

function filesystem({ type, projectQuotaSupport }: FilesystemSpec = {}, report: Reporter): void {
  const known: readonly (string | undefined)[] = [undefined, 'none', 'xfs', 'ext4', 'btrfs'];
  if (!known.includes(type)) report.error(`unsupported filesystem type: ${type}`);
  else if (projectQuotaSupport === true && (type ?? 'xfs') !== 'xfs') {
    report.error('project quota support is only available for xfs filesystem');
  }
}

function encryption(spec: EncryptionSpec | undefined, report: Reporter): void {
  if (spec === undefined || isEmptyEncryption(spec)) return;
  const provider: string = spec.provider ?? 'none';
  if (provider !== 'luks2') report.error(`unsupported encryption provider: ${provider}`);
  const { keys = [] } = spec;
  if (keys.length === 0) report.error('encryption keys are required');
  const slots = new Set<number>();
  for (const { slot = 0, ...key } of keys) {
    if (slots.has(slot)) report.error(`duplicate key slot ${slot}`);
    slots.add(slot);
    const kinds = [key.static, key.nodeID, key.kms, key.tpm];
    if (kinds.every((kind) => kind === undefined)) {
      report.error(`at least one encryption key type must be specified for slot ${slot}`);
    }
    for (const pcr of key.tpm?.options?.pcrs ?? []) {
      if (pcr < 0 || pcr > 23) report.error(`TPM PCR ${pcr} is out of range (0-23)`);
    }
  }
}

function trim(spec: TrimConfig | undefined, report: Reporter): void {
  if (isNegative(spec?.interval)) report.error('trim interval cannot be negative');
}

function scrub(spec: ScrubConfig | undefined, report: Reporter): void {
  if (isNegative(spec?.interval)) report.error('scrub interval cannot be negative');
}

function isEmptyProvisioning(spec: VolumeProvisioningSpec = {}): boolean {
  const { grow, minSize, maxSize, diskSelector } = spec;
  return grow === undefined && !minSize && !maxSize && !diskSelector?.match;
}

function isEmptyEncryption({ provider, keys = [] }: EncryptionSpec = {}): boolean {
  return ((provider as string | undefined) ?? 'none') === 'none' && keys.length === 0;
}

function saysSomething(spec: object | undefined): boolean {
  return spec !== undefined && Object.values(spec).some((value) => value !== undefined);
}

function sizeOf(text: string): bigint {
  return parseBytes(text.replace(/^-/, '')) ?? 0n;
}

/** Whether a duration is below zero. */
export function isNegative(duration: string | undefined): boolean {
  return duration !== undefined && (parseDuration(duration) ?? 0n) < 0n;
}
