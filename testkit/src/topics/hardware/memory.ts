import type { MemInfo } from '../../../generated/system.js';
import type { Machine } from '../../base/machine.js';
import { uptimeOf, waveOf } from '../../base/time/wave.js';

/** The memory of a node in KiB, as its modules are labelled. */
export const MEMORY_KIB = 8 * 2 ** 20;

/** What the kernel and the firmware keep of it for themselves. */
const RESERVED_KIB = 260_104;

/** What programs use, by what a node is for. */
const USED_KIB = { controlplane: 1_720_000, worker: 980_000, maintenance: 310_000 } as const;

/** The memory as /proc/meminfo shows it, in KiB; the parts fit together. */
export function memInfoOf(machine: Machine): MemInfo {
  const seconds = uptimeOf(machine);
  const part = (name: string, size: number) =>
    pages(size * (0.85 + 0.15 * waveOf(machine, `memory/${name}`).at(seconds)));

  const memtotal = MEMORY_KIB - RESERVED_KIB;
  const anonpages = part('programs', USED_KIB[machine.type ?? 'maintenance']);
  // What was read from disks stays for as long as nobody needs the memory.
  const filled = 1 - Math.exp(-seconds / 900);
  const files = pages(part('files', 1_450_000) * (0.2 + 0.8 * filled));
  const shmem = part('shared', 21_000);
  const buffers = part('buffers', 5_200);
  const cached = files + shmem;
  const sreclaimable = part('reclaimable', 118_000);
  const sunreclaim = part('unreclaimable', 96_000);
  const kernelstack = part('stacks', 11_800);
  const pagetables = part('page tables', 17_500);
  const inactivefile = pages(files * 0.6);
  const activeanon = pages(anonpages * 0.06);
  const memfree =
    memtotal -
    anonpages -
    cached -
    buffers -
    sreclaimable -
    sunreclaim -
    kernelstack -
    pagetables -
    PER_CPU_KIB;
  const anonhugepages = Math.floor(anonpages / 8192) * 2048;
  return inKib({
    memtotal,
    memfree,
    memavailable: memfree + pages(files * 0.95) + pages(sreclaimable * 0.9),
    buffers,
    cached,
    activeanon,
    inactiveanon: anonpages + shmem - activeanon,
    activefile: files + buffers - inactivefile,
    inactivefile,
    active: activeanon + files + buffers - inactivefile,
    inactive: anonpages + shmem - activeanon + inactivefile,
    mlocked: 0,
    dirty: part('dirty', 640),
    anonpages,
    mapped: part('mapped', 492_000),
    shmem,
    slab: sreclaimable + sunreclaim,
    sreclaimable,
    sunreclaim,
    kernelstack,
    pagetables,
    commitlimit: memtotal / 2,
    committedas: pages(anonpages * 2.4),
    vmalloctotal: 34_359_738_367,
    vmallocused: part('vmalloc', 41_000),
    anonhugepages,
    hugepagesize: 2048,
    directmap4k: 150_904,
    directmap2m: 6_137_856,
    directmap1g: 2_097_152,
  });
}

/** What the kernel keeps for each processor. */
const PER_CPU_KIB = 12_288;

/** Memory comes in pages of 4 KiB. */
function pages(kib: number): number {
  return Math.round(kib / 4) * 4;
}

/** Every figure of /proc/meminfo, before any is known. */
const nothing: Readonly<MemInfo> = {
  memtotal: 0n,
  memfree: 0n,
  memavailable: 0n,
  buffers: 0n,
  cached: 0n,
  swapcached: 0n,
  active: 0n,
  inactive: 0n,
  activeanon: 0n,
  inactiveanon: 0n,
  activefile: 0n,
  inactivefile: 0n,
  unevictable: 0n,
  mlocked: 0n,
  swaptotal: 0n,
  swapfree: 0n,
  dirty: 0n,
  writeback: 0n,
  anonpages: 0n,
  mapped: 0n,
  shmem: 0n,
  slab: 0n,
  sreclaimable: 0n,
  sunreclaim: 0n,
  kernelstack: 0n,
  pagetables: 0n,
  nfsunstable: 0n,
  bounce: 0n,
  writebacktmp: 0n,
  commitlimit: 0n,
  committedas: 0n,
  vmalloctotal: 0n,
  vmallocused: 0n,
  vmallocchunk: 0n,
  hardwarecorrupted: 0n,
  anonhugepages: 0n,
  shmemhugepages: 0n,
  shmempmdmapped: 0n,
  cmatotal: 0n,
  cmafree: 0n,
  hugepagestotal: 0n,
  hugepagesfree: 0n,
  hugepagesrsvd: 0n,
  hugepagessurp: 0n,
  hugepagesize: 0n,
  directmap4k: 0n,
  directmap2m: 0n,
  directmap1g: 0n,
};

function inKib(values: Partial<Record<keyof MemInfo, number>>): MemInfo {
  const info = { ...nothing };
  for (const [name, kib] of Object.entries(values) as [keyof MemInfo, number][]) {
    info[name] = BigInt(Math.floor(kib));
  }
  return info;
}
