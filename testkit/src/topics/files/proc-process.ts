import type { Machine } from '../../base/machine.js';
import type { NodeProcess } from '../system/processes.js';
import { procMounts } from './mounts.js';
import { type Directory, kernelDirectory, kernelFile, symlink } from './node.js';
import { netOf } from './proc-net.js';

/** The directory of a process in `/proc`. */
export function processDirectory(machine: Machine, process: NodeProcess): Directory {
  const { cgroup, command, executable = '', args = '', label = '' } = process;
  return kernelDirectory(() => ({
    attr: kernelDirectory({ current: kernelFile(`${label}\n`) }),
    cgroup: kernelFile(`0::/${cgroup}\n`),
    cmdline: kernelFile(`${args.split(' ').join('\0')}\0`),
    comm: kernelFile(`${command}\n`),
    cwd: symlink('/'),
    environ: kernelFile('', 0o400),
    exe: symlink(executable),
    mounts: kernelFile(() => procMounts(machine)),
    net: netOf(machine),
    root: symlink('/'),
    statm: kernelFile(
      `${pages(process.virtualMemory)} ${pages(process.residentMemory)} 0 0 0 0 0\n`,
    ),
    status: kernelFile(status(process)),
  }));
}

function status({ pid, ppid = 0, command, threads = 1, residentMemory }: NodeProcess): string {
  return [
    `Name:\t${command}`,
    'Umask:\t0022',
    'State:\tS (sleeping)',
    `Tgid:\t${pid}`,
    `Pid:\t${pid}`,
    `PPid:\t${ppid}`,
    'Uid:\t0\t0\t0\t0',
    'Gid:\t0\t0\t0\t0',
    `VmRSS:\t${String(pages(residentMemory) * 4n).padStart(8)} kB`,
    `Threads:\t${threads}`,
    '',
  ].join('\n');
}

function pages(bytes = 0n): bigint {
  return bytes / 4096n;
}
