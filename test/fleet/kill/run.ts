// Upgrades a fleet of simulated clusters with workers that die: at every boundary of every step, at every
// call that a step makes, before it and after its reply. Prints how many died, where, and what is wrong in
// the end. Exits with 1 if anything is.
// Run: npm run test:kills -- [--clusters 30] [--times 1] [--speed 5]
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { killMatrix } from './matrix.js';

const { values } = parseArgs({
  options: {
    clusters: { type: 'string', default: '30' },
    times: { type: 'string', default: '1' },
    speed: { type: 'string', default: '5' },
  },
});
const clusters = Number(values.clusters);
const size = { clusters, controlPlanes: 3, workers: 2 };

const cache = resolve('node_modules/.cache');
mkdirSync(cache, { recursive: true });
// Below it, packages are found.
const folder = mkdtempSync(`${cache}/talos-client-kills-`);
try {
  console.log(`journal: ${clusters} clusters of 5 nodes`);
  const report = await killMatrix({
    ...size,
    folder,
    runner: { kind: 'journal', directory: `${folder}/journal` },
    times: Number(values.times),
    speed: Number(values.speed),
    mostDeaths: 2000,
    onDeath: (deaths) => {
      if (deaths % 20 === 0) console.log(`${deaths} workers have died`);
    },
  });
  const { deaths, places, problems, seconds } = report;
  for (const place of [...new Set(places)].sort()) console.log(`  ${place}`);
  console.log(
    `${deaths} workers died at ${new Set(places).size} places, in ${seconds.toFixed(0)} s`,
  );
  for (const problem of problems) console.log(`WRONG: ${problem}`);
  console.log(problems.length === 0 ? 'every node was upgraded once' : 'NOT as it should be');
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
