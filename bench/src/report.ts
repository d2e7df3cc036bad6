import { besideGo } from './beside-go.js';
import {
  bundleGoals,
  callGoals,
  codecGoals,
  type Goal,
  generationGoal,
  importGoal,
  memoryGoal,
  samplesWithGoal,
} from './goals.js';
import { callContenders, codecContenders } from './peers.js';
import type { Results } from './results.js';
import { number, ratio, table, verdict } from './table.js';
import { unitOf, type WorkloadName, workloads } from './workloads.js';

const bundleTitles: Readonly<Record<string, string>> = {
  etcd: 'etcd calls',
  machine: 'all of MachineService',
  client: 'client with mTLS, no feature',
  etcdWithClient: 'client with mTLS and etcd',
  whole: 'the same, nothing left out',
};

function callTable(calls: NonNullable<Results['calls']>): string {
  const measured = new Set(Object.values(calls).flatMap((figures) => Object.keys(figures)));
  const peers = callContenders.filter(
    (name) => measured.has(name) && name !== 'raw' && name !== 'go',
  );
  const rows = Object.entries(calls).map(([key, figures]) => {
    const name = key as WorkloadName;
    return [
      workloads[name].title,
      `${number(figures.raw?.value)} ${unitOf(name)}`,
      ...peers.map((contender) => ratio(figures[contender]?.xRaw.ratio)),
      ...verdict(callGoals[name], figures.ours?.xRaw.ratio),
    ];
  });
  return table(['CPU, x raw', 'raw', ...peers, 'goal of ours', ''], rows);
}

function codecTable(codecs: NonNullable<Results['codecs']>): string {
  const rows = Object.entries(codecs).map(([key, figures]) => {
    const [direction, sample] = key.split(' ') as ['decode' | 'encode', string];
    const goal = samplesWithGoal.some((name) => name === sample)
      ? codecGoals[direction]
      : undefined;
    return [
      key,
      ...codecContenders.map((contender) => number(figures[contender]?.ns)),
      ratio(figures.ours?.ratio),
      ...verdict(goal, figures.ours?.ratio),
    ];
  });
  const head = ['codec, ns a message', ...codecContenders, 'ours x fastest peer', 'goal', ''];
  return table(head, rows);
}

/** A table with one row for each thing measured and one column for each contender. */
function plainTable(
  title: string,
  contenders: readonly string[],
  rows: readonly (readonly [string, Readonly<Record<string, number>>, Goal | undefined])[],
): string {
  return table(
    [title, ...contenders, 'goal', ''],
    rows.map(([name, figures, goal]) => [
      name,
      ...contenders.map((contender) => number(figures[contender])),
      ...verdict(goal, figures.ours),
    ]),
  );
}

const kib = (sizes: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(sizes).map(([name, bytes]) => [name, bytes / 1024]));

/** The results as text: tables in Markdown, with the goal beside each figure of ours. */
export function report(results: Results): string {
  const { calls, codecs, bundles, imports, memory, generation } = results;
  const parts = [
    `${results.machine}; Node ${results.versions.node}; ${results.date}; ` +
      `${results.quick ? 'quick run' : 'full run'}, medians of ${results.rounds} interleaved rounds; ` +
      `load before the run ${results.load.toFixed(1)}`,
  ];
  parts.push(...besideGo(results));
  if (calls !== undefined) parts.push(callTable(calls));
  if (codecs !== undefined) parts.push(codecTable(codecs));
  const bundlers = callContenders.filter((name) => name !== 'raw' && name !== 'go');
  if (bundles !== undefined) {
    const rows = Object.entries(bundles).map(
      ([key, sizes]) => [bundleTitles[key] ?? key, kib(sizes), bundleGoals[key]] as const,
    );
    parts.push(plainTable('bundle, KiB min + gzip', bundlers, rows));
  }
  if (imports !== undefined) {
    const { 'ours, feature alone': feature, ...rest } = Object.fromEntries(
      Object.entries(imports).map(([name, { overGrpcJs }]) => [name, overGrpcJs]),
    );
    parts.push(
      plainTable('import, ms over grpc-js', bundlers, [
        ['client and one feature', rest, importGoal],
        ['one feature', feature === undefined ? {} : { ours: feature }, importGoal],
      ]),
    );
  }
  if (memory !== undefined) {
    const row = ['slow consumer, 1 KiB chunks', memory, memoryGoal] as const;
    parts.push(plainTable('peak memory, MiB over idle', callContenders, [row]));
  }
  if (generation !== undefined) {
    const row = ['whole contract', generation, generationGoal] as const;
    parts.push(plainTable('generation, s', Object.keys(generation), [row]));
  }
  parts.push(
    Object.entries(results.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
  );
  return `${parts.join('\n\n')}\n`;
}
