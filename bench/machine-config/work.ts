// One thing with machine configurations, many times: work.ts <parse|format|patch|generate> FILE TIMES.
// Prints the nanoseconds of processor time that each took, of all threads of the process.
import { readFileSync } from 'node:fs';
import {
  formatMachineConfig,
  generateMachineConfig,
  parseMachineConfig,
  parseSecrets,
  patchMachineConfig,
} from '../../src/machine-config/index.js';

const [what = '', file = '', times = '1'] = process.argv.slice(2);
const text = readFileSync(file, 'utf8');
const patch =
  'apiVersion: v1alpha1\nkind: HostnameConfig\nhostname: a\nauto: off\n---\nmachine:\n  nodeLabels: {a: b}\n';

const work: Readonly<Record<string, () => () => unknown>> = {
  parse: () => () => parseMachineConfig(text),
  format: () => {
    const config = parseMachineConfig(text);
    return () => formatMachineConfig(config);
  },
  patch: () => () => formatMachineConfig(patchMachineConfig(parseMachineConfig(text), [patch])),
  generate: () => () => {
    const options = {
      secrets: parseSecrets(text),
      clusterName: 'demo',
      endpoint: 'https://10.5.0.10:6443',
      talos: 'v1.13',
      kubernetes: '1.36.0',
      installDisk: '/dev/sda',
      installImage: 'installer.example/installer:v1',
    };
    return (['controlplane', 'worker'] as const).map((type) =>
      formatMachineConfig(generateMachineConfig(type, options)),
    );
  },
};

const run = work[what]?.();
if (run === undefined) throw new Error(`nothing is called ${what}`);
// What V8 compiles is compiled before anything counts.
for (let round = 0; round < 30; round += 1) run();
const before = process.cpuUsage();
for (let round = 0; round < Number(times); round += 1) run();
const { user, system } = process.cpuUsage(before);
console.log(Math.round(((user + system) * 1000) / Number(times)));
