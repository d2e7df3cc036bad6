import { contractRelease } from '../../../../generated/cosi/contract.js';
import type { Mounts } from '../../../../generated/features/files.js';
import type {
  DiskStats,
  Process,
  ProcessInfo,
  VersionInfo,
} from '../../../../generated/features/system.js';
import { table } from './table.js';

/** The file `mounts`: sizes in units of 10⁹ bytes; what has no size is left out. */
export function mountsTable({ stats }: Mounts): string {
  const header = [
    'FILESYSTEM',
    'SIZE(GB)',
    'USED(GB)',
    'AVAILABLE(GB)',
    'PERCENT USED',
    'MOUNTED ON',
  ];
  const rows = stats
    .filter(({ size }) => size > 0n)
    .map(({ filesystem, size, available, mountedOn }) => {
      const used = 100 - (100 * Number(available)) / Number(size);
      const amounts = [size, size - available, available].map((each) => gigabytes(each));
      return [filesystem, ...amounts, `${used.toFixed(2)}%`, mountedOn];
    });
  return table([header, ...rows]);
}

function gigabytes(bytes: bigint): string {
  return (Number(bytes) * 1e-9).toFixed(2);
}

/** The file `io`. */
export function ioTable({ devices }: DiskStats): string {
  const header = ['NAME', 'IO_TIME', 'IO_TIME_WEIGHTED', 'DISK_WRITE_SECTORS', 'DISK_READ_SECTORS'];
  const rows = devices.map((device) => [
    device.name,
    ...[device.ioTimeMs, device.ioTimeWeightedMs, device.writeSectors, device.readSectors].map(
      String,
    ),
  ]);
  return table([header, ...rows]);
}

/** The file `processes`. */
export function processesTable({ processes }: Process): string {
  const header = ['PID', 'STATE', 'THREADS', 'CPU-TIME', 'VIRTMEM', 'RESMEM', 'COMMAND'];
  const rows = processes.map((process) => [
    String(process.pid).padStart(6),
    process.state,
    String(process.threads).padStart(4),
    process.cpuTime.toFixed(2).padStart(8),
    amount(process.virtualMemory).padStart(7),
    amount(process.residentMemory).padStart(7),
    commandOf(process),
  ]);
  return table([header, ...rows]);
}

/** The command line, with the whole path of the program where it begins with its name alone. */
function commandOf({ executable, args, command }: ProcessInfo): string {
  if (executable === '') return command;
  const [first = ''] = args.trim().split(/\s+/);
  const [path = ''] = executable.trim().split(/\s+/);
  if (first !== '' && first === path.slice(path.lastIndexOf('/') + 1)) {
    return args.replace(first, () => executable);
  }
  return args;
}

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];

/** Bytes in steps of a thousand, with a decimal below ten. */
export function amount(bytes: bigint): string {
  let value = Number(bytes);
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/** The file `summary`: what asked, and what answered. */
export function summaryText(version: VersionInfo | undefined): string {
  const lines = [
    'Client:',
    `\tName:        talos-client`,
    `\tContract:    v${contractRelease}`,
    `\tRuntime:     ${process.version}`,
    'Server:',
  ];
  if (version !== undefined) {
    const { tag, sha, built, goVersion, os, arch } = version;
    lines.push(
      `\tTag:         ${tag}`,
      `\tSHA:         ${sha}`,
      `\tBuilt:       ${built}`,
      `\tGo version:  ${goVersion}`,
      `\tOS/Arch:     ${os}/${arch}`,
    );
  }
  return `${lines.join('\n')}\n`;
}
