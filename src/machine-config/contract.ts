import { MachineConfigError } from '../runtime/errors/machine-config-error.js';

/**
 * The form of generated configurations: that of the release a cluster was made with. It stays for
 * the life of the cluster; see `findLosses` for what happens when it is raised.
 */
export interface Contract {
  readonly major: number;
  readonly minor: number;
}

/** The oldest and the newest contract that configurations can be generated for. */
export const oldestContract: Contract = { major: 1, minor: 0 };
export const newestContract: Contract = { major: 1, minor: 14 };

/**
 * Reads a contract: `v1.14`, or a whole release such as `1.14.0` or `v1.14.0-rc.1`. Absent when the
 * text is none.
 *
 * Source: `pkg/machinery/config/contract.go` of Talos.
 */
export function readContract(text: string): Contract | undefined {
  const [, major, minor] = /^v?(\d+)\.(\d+)(?:$|\.)/.exec(text) ?? [];
  return major === undefined ? undefined : { major: Number(major), minor: Number(minor) };
}

/** Whether a contract is that of `since`, such as `1.12`, or a newer one. */
export function isAtLeast({ major, minor }: Contract, since: `${number}.${number}`): boolean {
  const [needMajor = 0, needMinor = 0] = since.split('.').map(Number);
  return major > needMajor || (major === needMajor && minor >= needMinor);
}

/** As it is written: `v1.14`. */
export function contractText({ major, minor }: Contract): string {
  return `v${major}.${minor}`;
}

/**
 * The contract that an option names; the newest when it names none.
 *
 * @throws {MachineConfigError} naming the option at `path`, when it is no contract, or none that is
 *   known.
 */
export function contractOf(text: string | undefined, path: string): Contract {
  if (text === undefined) return newestContract;
  const refuse = (message: string) => new MachineConfigError([{ path, message }]);
  const contract = typeof text === 'string' ? readContract(text) : undefined;
  if (contract === undefined) throw refuse('must be a release of Talos such as v1.14 or v1.14.0');
  if (isOlder(contract, oldestContract) || isOlder(newestContract, contract)) {
    const range = `${contractText(oldestContract)} to ${contractText(newestContract)}`;
    throw refuse(
      `${contractText(contract)} is none of the contracts that are known, ${range}; ` +
        'newer machines take configurations of older contracts',
    );
  }
  return contract;
}

function isOlder(a: Contract, b: Contract): boolean {
  return a.major < b.major || (a.major === b.major && a.minor < b.minor);
}
