// Measures reading, writing, patching and generating of machine configurations beside Talos' own Go
// code, each in processes of its own, in turn. Run: npm run bench:config. Needs Go.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { buildGo } from '../../test/interop/support/toolchain.js';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const vectors = path('../../test/machine-config/vectors');
const official = buildGo(path('../../test/interop/config-go'), '.', 'talos-config');
const rounds = 5;

const workloads = [
  ['parse', 'parse', `${vectors}/gen-config/v1.13/options.controlplane.yaml`, 100],
  ['write', 'format', `${vectors}/gen-config/v1.13/options.controlplane.yaml`, 100],
  ['parse, patch and write', 'patch', `${vectors}/gen-config/v1.13/options.controlplane.yaml`, 50],
  ['generate both from secrets', 'generate', `${vectors}/secrets.yaml`, 50],
] as const;

/** Microseconds of processor time for each. */
function measured(command: string, args: readonly string[]): number {
  return Number(execFileSync(command, args, { encoding: 'utf8' }).trim()) / 1000;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

console.log('| µs of CPU | Go | ours | ours x Go |\n|---|---:|---:|---:|');
for (const [name, what, file, times] of workloads) {
  const go: number[] = [];
  const ours: number[] = [];
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const there = measured(official, ['bench', what, file, String(times)]);
    const args = ['--import', 'tsx', path('work.ts'), what, file, String(times)];
    const here = measured(process.execPath, args);
    go.push(there);
    ours.push(here);
    ratios.push(here / there);
  }
  const whole = (value: number) => Math.round(value).toLocaleString('en');
  console.log(
    `| ${name} | ${whole(median(go))} | ${whole(median(ours))} | ${median(ratios).toFixed(2)} |`,
  );
}
