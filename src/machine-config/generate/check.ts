import { addressBytes } from '../../pki/read.js';
import {
  MachineConfigError,
  type MachineConfigProblem,
} from '../../runtime/errors/machine-config-error.js';
import { type Contract, contractOf, isAtLeast } from '../contract.js';
import { bundleProblems } from '../secrets/check.js';
import { endpointHost, endpointProblem } from './endpoint.js';
import type { Input } from './input.js';
import type { GenerateOptions } from './options.js';

/**
 * Options that are good, with what follows from them.
 *
 * @throws {MachineConfigError} with all that is wrong, by the names of the options.
 */
export function checkedInput(options: GenerateOptions): Input {
  const contract = contractOf(options.talos ?? '', 'talos');
  const problems = optionProblems(options, contract);
  if (problems.length > 0) throw new MachineConfigError(problems);
  const { kubernetes, installDisk = '/dev/sda' } = options;
  return {
    ...options,
    contract,
    kubernetes: kubernetes === false ? undefined : kubernetes.replace(/^v/, ''),
    installDisk: installDisk === false ? undefined : installDisk,
    installImage: options.installImage ?? installerOf(options.talos) ?? '',
    endpointHost: endpointHost(options.endpoint),
    additionalSans: options.additionalSans ?? [],
    dnsDomain: options.dnsDomain ?? 'cluster.local',
    podSubnets: options.podSubnets ?? ['10.244.0.0/16'],
    serviceSubnets: options.serviceSubnets ?? ['10.96.0.0/12'],
    discovery: options.discovery ?? true,
    kubePrismPort: options.kubePrismPort ?? (isAtLeast(contract, '1.6') ? 7445 : 0),
  };
}

/** The factory's installer for metal without extensions; absent when the release is not whole. */
function installerOf(talos: string): string | undefined {
  const [, version] = /^v?(\d+\.\d+\.\d+(?:-[\w.]+)?)$/.exec(talos) ?? [];
  const schematic = '376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba';
  return version && `factory.talos.dev/metal-installer/${schematic}:v${version}`;
}

function optionProblems(
  options: GenerateOptions,
  contract: Contract,
): readonly MachineConfigProblem[] {
  const isMultidoc = isAtLeast(contract, '1.14');
  const problems: MachineConfigProblem[] = [];
  const check = (name: keyof GenerateOptions, isGood: boolean, message: string): void => {
    if (!isGood) problems.push({ path: name, message });
  };
  const { clusterName, endpoint, kubernetes, installDisk, installImage } = options;
  check('clusterName', isName(clusterName), 'must be a text that is not empty');
  const wrong = typeof endpoint === 'string' ? endpointProblem(endpoint) : 'must be an https URL';
  check('endpoint', wrong === undefined, wrong ?? '');
  check(
    'kubernetes',
    kubernetes === false || /^v?\d+\.\d+\.\d+([-+][\w.+-]+)?$/.test(String(kubernetes)),
    'must be a release such as v1.36.0, or false',
  );
  check(
    'kubernetes',
    kubernetes !== false || isMultidoc,
    'can be false from contract v1.14 on: configurations of older contracts always have it',
  );
  check(
    'installDisk',
    installDisk === undefined || installDisk === false || isName(installDisk),
    'must be the path of a device, or false',
  );
  check(
    'installImage',
    installImage === undefined
      ? installDisk === false || installerOf(options.talos) !== undefined
      : isName(installImage),
    'is required when talos is no whole release such as v1.14.0',
  );
  for (const name of ['additionalSans', 'installExtraKernelArgs', 'insecureRegistries'] as const) {
    check(name, isList(options[name], isName), 'must be a list of texts');
  }
  for (const name of ['podSubnets', 'serviceSubnets'] as const) {
    check(name, isList(options[name], isSubnet), 'must be a list of subnets such as 10.244.0.0/16');
  }
  const { registryMirrors, registryCas, sysctls, dnsDomain, cniManifest } = options;
  check('dnsDomain', dnsDomain === undefined || isName(dnsDomain), 'must be a domain');
  check(
    'cniManifest',
    cniManifest === undefined || (isName(cniManifest) && URL.canParse(cniManifest)),
    'must be a URL',
  );
  check(
    'registryMirrors',
    isRecord(registryMirrors, (urls) => isList(urls, (url) => isName(url) && URL.canParse(url))),
    'must be lists of URLs by the host of a registry',
  );
  check(
    'registryCas',
    isRecord(registryCas, isName),
    'must be PEM texts by the host of a registry',
  );
  check(
    'sysctls',
    isRecord(sysctls, (value) => typeof value === 'string'),
    'must be texts by name',
  );
  check('localApiServerPort', isPort(options.localApiServerPort, 1), 'must be a port');
  check('kubePrismPort', isPort(options.kubePrismPort, 0), 'must be a port, or 0');
  for (const name of [
    'discovery',
    'kubespan',
    'allowSchedulingOnControlPlanes',
    'debug',
  ] as const) {
    check(name, ['boolean', 'undefined'].includes(typeof options[name]), 'must be true or false');
  }
  return [...problems, ...secretsProblems(options, isMultidoc)];
}

function secretsProblems(
  { secrets, kubernetes }: GenerateOptions,
  isMultidoc: boolean,
): readonly MachineConfigProblem[] {
  if (typeof secrets !== 'object' || secrets === null) {
    return [{ path: 'secrets', message: 'must be a bundle: see generateSecrets and parseSecrets' }];
  }
  const found = bundleProblems(secrets, { kubernetes: kubernetes !== false });
  return [
    ...found.map(({ path, ...problem }) => ({ ...problem, path: `secrets: ${path}` })),
    // Talos would write the key as one of another cipher, and secrets in etcd could not be read.
    ...(isMultidoc && secrets.secrets?.aescbcEncryptionSecret
      ? [
          {
            path: 'secrets: secrets.aescbcencryptionsecret',
            message:
              'cannot be used with contract v1.14 or newer; ' +
              'generate with the contract that the cluster was made with',
          },
        ]
      : []),
  ];
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isList(value: unknown, isItem: (item: unknown) => boolean): boolean {
  return value === undefined || (Array.isArray(value) && value.every(isItem));
}

function isRecord(value: unknown, isValue: (value: unknown) => boolean): boolean {
  if (value === undefined) return true;
  return typeof value === 'object' && value !== null && Object.values(value).every(isValue);
}

function isSubnet(value: unknown): boolean {
  const [, address = '', bits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(String(value)) ?? [];
  const bytes = addressBytes(address);
  return bytes !== undefined && Number(bits) <= bytes.length * 8;
}

function isPort(value: unknown, lowest: number): boolean {
  if (value === undefined) return true;
  return Number.isInteger(value) && Number(value) >= lowest && Number(value) <= 65_535;
}
