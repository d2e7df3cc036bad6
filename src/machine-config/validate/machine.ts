import type {
  ImageVerificationRule,
  LVMLogicalVolumeConfig,
  RegistryAuthConfig,
  RegistryTLSConfig,
} from '../../../generated/machine-config/index.js';
import { parseBytes } from '../scalars/bytes.js';
import { parseDuration } from '../scalars/duration.js';
import { hostName, parseUrl, portOf } from '../scalars/url.js';
import { isNegative } from './block.js';
import type { Reporter } from './reporter.js';
import type { Validators } from './validators.js';
import { decodeBase64, hidden, hostPortTrouble, quote } from './words.js';

/** The longest name of a group or volume of LVM. */
const longestLvmName = 63;

/** Registries, discovery, logs, LVM, and the rest of a machine. */
export const machineValidators: Validators = {
  DiscoveryServiceConfig: ({ name, endpoint }, report) => {
    const url = endpoint ? parseUrl(endpoint) : undefined;
    if (!name) report.error('name is required');
    else if (url === undefined) report.error('endpoint is required');
    else if (url.scheme === '') report.error('endpoint scheme is required');
    else if (!['http', 'https', 'grpc'].includes(url.scheme)) {
      report.error('endpoint scheme must be http://, https:// or grpc://');
    } else if (hostName(url) === '') report.error('endpoint host is required');
  },
  DiscoveryIdentityConfig: ({ clusterSecret = '' }, report) => {
    const bytes = decodeBase64(clusterSecret);
    if ('trouble' in bytes) report.error(`invalid clusterSecret: ${bytes.trouble}`);
    else if (bytes.length !== 32) {
      report.error(`invalid clusterSecret: expected 32 bytes, got ${bytes.length}: ${hidden}`);
    }
  },
  UnattendedInstallConfig: ({ provisioning }, report) => {
    if (!provisioning?.diskSelector?.match) {
      report.error('provisioning.volumeSelector.match is required');
    }
  },
  RegistryAuthConfig: (document, report) => registryAuth(document, report),
  RegistryMirrorConfig: ({ name, endpoints = [] }, report) => {
    if (!name) report.error('name must be specified');
    for (const [index, { url }] of endpoints.entries()) {
      const scheme = url ? (parseUrl(url)?.scheme ?? '') : undefined;
      if (scheme === undefined) report.error(`endpoints[${index}].url must be specified`);
      else if (scheme !== 'http' && scheme !== 'https') {
        report.error(`endpoints[${index}].url has unsupported scheme: ${quote(scheme)}`);
      }
    }
  },
  RegistryTLSConfig: (document, report) => registryTls(document, report),
  EnvironmentConfig: ({ variables = {} }, report) => {
    for (const name of Object.keys(variables)) {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
        report.error(`invalid environment variable name: ${quote(name)}`);
      }
    }
  },
  EventSinkConfig: ({ endpoint = '' }, report) => {
    const trouble = hostPortTrouble(endpoint);
    if (trouble !== undefined) report.error(`event sink endpoint: ${trouble}`);
  },
  ExtensionServiceConfig: ({ name, configFiles = [], environment = [] }, report) => {
    const about = `for extension ${quote(name ?? '')}`;
    if (!name) report.error('name is required');
    else if (configFiles.length === 0 && environment.length === 0) {
      report.error(`no config files found ${about}`);
    } else {
      // Talos tells of the first file that is not whole.
      const file = configFiles.find(({ content, mountPath }) => !content || !mountPath);
      if (file !== undefined) {
        report.error(`extension ${file.content ? 'mount path' : 'content'} is required ${about}`);
      }
    }
  },
  KmsgLogConfig: ({ name, url: text }, report) => {
    const url = text ? parseUrl(text) : undefined;
    if (!name) report.error('name is required');
    else if (url === undefined) report.error('url is required');
    else if (url.scheme !== 'tcp' && url.scheme !== 'udp') {
      report.error('url scheme must be tcp:// or udp://');
    } else if (url.path !== '' && url.path !== '/') report.error('url path must be empty');
    else if (portOf(url) === '') report.error('url port is required');
  },
  OOMConfig: ({ sampleInterval }, report) => {
    if (isNegative(sampleInterval)) {
      report.error('OOM sample interval must be longer than 0');
    }
  },
  SysfsConfig: ({ params = {} }, report) => {
    if (Object.hasOwn(params, '')) report.error('sysfs key cannot be empty');
  },
  WatchdogTimerConfig: ({ device, timeout }, report) => {
    const nanoseconds = parseDuration(timeout ?? '0') ?? 0n;
    if (!device) report.error('watchdog device: empty value');
    else if (nanoseconds !== 0n && nanoseconds < 10_000_000_000n) {
      report.error('watchdog timeout: minimum value is 10s');
    }
  },
  ImageVerificationConfig: ({ rules = [] }, report) => {
    for (const [index, rule] of rules.entries()) imageRule(rule, index, report);
  },
  SideroLinkConfig: ({ apiUrl }, report) => {
    const url = apiUrl ? parseUrl(apiUrl) : undefined;
    if (url === undefined) report.error('apiUrl is required');
    else if (url.scheme !== 'https' && url.scheme !== 'grpc') {
      report.error('apiUrl scheme must be https:// or grpc://');
    } else if (url.path !== '' && url.path !== '/') report.error('apiUrl path must be empty');
  },
  LVMLogicalVolumeConfig: (document, report) => logicalVolume(document, report),
  LVMVolumeGroupConfig: ({ name, provisioning }, report) => {
    lvmName(name, report);
    if (!provisioning?.volumeSelector?.match) {
      report.error('provisioning.volumeSelector.match is required');
    }
  },
};

function registryAuth(document: RegistryAuthConfig, report: Reporter): void {
  const { name, username, identityToken, auth } = document;
  if (!name) report.error('name must be specified');
  if (username && identityToken) {
    report.error('only one of username/password or identityToken authentication can be specified');
  }
  if (auth && (username || identityToken)) {
    report.error(
      'only one of auth, username/password or identityToken authentication can be specified',
    );
  }
}

function registryTls({ name, ca, clientIdentity }: RegistryTLSConfig, report: Reporter): void {
  if (!name) report.error('name must be specified');
  if (ca && !hasPem(ca, 'CERTIFICATE')) {
    report.error('ca must be a valid PEM-encoded certificate');
  }
  if (clientIdentity === undefined) return;
  if (!hasPem(clientIdentity.cert ?? '', '[A-Z0-9 ]+')) {
    report.error('client identity certificate is invalid: failed to parse PEM block');
  }
  if (!hasPem(clientIdentity.key ?? '', '[A-Z0-9 ]+')) {
    report.error('client identity key is invalid: failed to parse PEM block');
  }
}

/** Whether a text holds a PEM block; what is in the block, only a machine looks at. */
function hasPem(text: string, label: string): boolean {
  const block = new RegExp(`-----BEGIN (${label})-----([A-Za-z0-9+/=\\s]+)-----END \\1-----`);
  return block.test(text);
}

function imageRule(rule: ImageVerificationRule, index: number, report: Reporter): void {
  const about = `rule ${index}:`;
  const { image = '', skip = false, deny = false, keyless, publicKey } = rule;
  const only =
    'but matching only applies to the image registry and repository, not the tag or digest';
  if (image === '') report.error(`${about} imagePattern must be specified`);
  if (image.includes('@')) report.warn(`${about} imagePattern contains '@' ${only}`);
  if (/\/.*:/s.test(image)) report.warn(`${about} imagePattern contains ':' ${only}`);
  if (!image.includes('/') && image !== '*' && image !== '') {
    report.warn(
      `${about} imagePattern does not contain a '/', image references like 'nginx' are matched as 'docker.io/nginx' (normalized)`,
    );
  }
  const hasVerifier = keyless !== undefined || publicKey !== undefined;
  if (skip && deny) report.error(`${about} skip and deny cannot both be true`);
  if ((skip || deny) && hasVerifier) {
    report.error(`${about} verifiers cannot be configured if skip or deny is true`);
  }
  if (!skip && !deny && !hasVerifier) {
    report.error(`${about} at least one verifier must be configured`);
  }
  if (keyless !== undefined && publicKey !== undefined) {
    report.error(`${about} only one of keyless or publicKey verifier can be configured`);
  }
  if (keyless !== undefined && !keyless.issuer) {
    report.error(`${about} verifier OIDC issuer must be specified`);
  }
  if (keyless !== undefined && !keyless.subject && !keyless.subjectRegex) {
    report.error(`${about} verifier subject or subjectRegex must be specified`);
  }
  if (publicKey !== undefined && !publicKey.certificate) {
    report.error(`${about} verifier certificates must be specified`);
  }
}

function lvmName(name = '', report: Reporter): void {
  if (name === '') report.error('name is required');
  if (name.length < 1 || name.length > longestLvmName) {
    report.error(`name must be between 1 and ${longestLvmName} characters long`);
  }
  if (/[^a-zA-Z0-9_-]/.test(name)) {
    report.error('name can only contain ASCII letters, digits, hyphens and underscores');
  }
}

function logicalVolume(document: LVMLogicalVolumeConfig, report: Reporter): void {
  const { name, type = 'linear', mirrors, stripes, provisioning = {} } = document;
  lvmName(name, report);
  if (mirrors !== undefined && type !== 'raid1' && type !== 'raid10') {
    report.error(`mirrors is only valid for raid1/raid10, not ${type}`);
  } else if (mirrors !== undefined && mirrors < 1) report.error('mirrors must be at least 1');
  if (stripes !== undefined && type !== 'raid0' && type !== 'raid10') {
    report.error(`stripes is only valid for raid0/raid10, not ${type}`);
  } else if (stripes !== undefined && stripes < 2) report.error('stripes must be at least 2');
  const { volumeGroup, minSize = '', maxSize = '' } = provisioning;
  if (!volumeGroup) report.error('provisioning.volumeGroup is required');
  if (maxSize === '') report.error('provisioning.maxSize is required');
  if (maxSize.startsWith('-')) report.error('provisioning.maxSize must not be negative');
  const size = (text: string) => parseBytes(text.replace(/^-/, '')) ?? 0n;
  if (minSize !== '' && !maxSize.includes('%') && size(minSize) > size(maxSize)) {
    report.error('provisioning.minSize must not exceed provisioning.maxSize');
  }
}
