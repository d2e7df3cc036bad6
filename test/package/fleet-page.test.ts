import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { clusterWithFile, run, temporaryFolder } from '../examples/support.js';
import { compileErrors, programsOf } from './page-programs.js';

// The page on fleets. Programs are compiled and run, except for those that begin with what they need: these
// are only compiled, with the names below.
const page = readFileSync('docs/fleet.md', 'utf8');
const programs = programsOf(page);
const whole = programs.filter((text) => !text.startsWith('// Needs'));
const given = `
declare const flows: import('talos-client/fleet').Flow[];
declare const runner: import('talos-client/fleet').FleetRunner;
declare const run: import('talos-client/fleet').FleetRun<import('talos-client/fleet').Json>;
`;

it('all programs of the page compile', () => {
  expect(whole.length).toBeGreaterThanOrEqual(2);
  expect(compileErrors(programs, given)).toBe('');
});

it.each(whole.map((text, index) => ({ number: index + 1, text })))(
  'program $number runs on a simulated cluster, and once more to the same end',
  async ({ text }) => {
    const { cluster, talosconfig } = await clusterWithFile({ controlPlanes: 1, workers: 1 });
    const here = await temporaryFolder();
    const file = join(here, 'program.mts');
    // Pages have addresses that look like those of a reader, and a folder of their own.
    writeFileSync(file, text.replaceAll('10.0.0.', '10.5.0.').replaceAll("'./", `'${here}/`));
    const first = await run([file], { TALOSCONFIG: talosconfig });
    expect({ code: first.code, errors: first.errors }).toEqual({ code: 0, errors: '' });
    const calls = cluster.journal.calls.length;
    const again = await run([file], { TALOSCONFIG: talosconfig });
    expect({ code: again.code, errors: again.errors }).toEqual({ code: 0, errors: '' });
    expect(lastLineOf(again.output)).toBe(lastLineOf(first.output));
    // Everything is remembered: no node is asked for anything.
    expect(cluster.journal.calls).toHaveLength(calls);
  },
  180_000,
);

function lastLineOf(output: string): string | undefined {
  return output.trimEnd().split('\n').at(-1);
}
