import {
  bundleGoals,
  callGoals,
  codecGoals,
  type Goal,
  generationGoal,
  importGoal,
  memoryGoal,
  reaches,
  samplesWithGoal,
} from './goals.js';
import { callContenders, codecContenders } from './peers.js';
import type { Results } from './results.js';
import { type WorkloadName, workloads } from './workloads.js';

const titles: Readonly<Record<WorkloadName, string>> = {
  unary: 'unary small, one in flight',
  unary64: 'unary small, 64 in flight',
  large: 'unary large (1000 processes)',
  logs: 'log messages of 120 B',
  logsFramed: 'the same, a DATA frame each',
  bytes: 'byte stream in 1 KiB chunks',
  bytesFramed: 'the same, a DATA frame each',
  download: 'download in 32 KiB chunks, rate',
  upload: 'upload in 32 KiB chunks',
  fanOut: 'fan-out to 1000 nodes',
};

const bundleTitles: Readonly<Record<string, string>> = {
  etcd: 'etcd calls',
  machine: 'all of MachineService',
  client: 'client with mTLS, no feature',
  etcdWithClient: 'client with mTLS and etcd',
};

/** A table in Markdown with columns of even width. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${widths
      .map((width, column) => {
        const cell = row[column] ?? '';
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join(' | ')} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

const number = (value: number | undefined): string => {
  if (value === undefined || Number.isNaN(value)) return '-';
  if (value >= 1000) return Math.round(value).toLocaleString('en-US');
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
};

const ratio = (value: number | undefined): string => value?.toFixed(2) ?? '-';

/** The goal and whether ours reaches it: the two last cells of a row. */
function verdict(goal: Goal | undefined, ours: number | undefined): [string, string] {
  if (goal === undefined) return ['', ''];
  const text = `${goal.kind === 'most' ? '<=' : '>='} ${goal.limit}`;
  if (ours === undefined) return [text, '-'];
  return [text, reaches(goal, ours) ? 'reached' : 'SHORT'];
}

function unitOf(name: WorkloadName): string {
  const { figure, per } = workloads[name];
  if (figure === 'rate') return 'MB/s';
  return per === 'MiB' ? 'ms a MiB' : `µs a ${per}`;
}

function callTable(calls: NonNullable<Results['calls']>): string {
  const rows = Object.entries(calls).map(([key, figures]) => {
    const name = key as WorkloadName;
    return [
      titles[name],
      `${number(figures.raw?.value)} ${unitOf(name)}`,
      ...callContenders.slice(1).map((contender) => ratio(figures[contender]?.ratio)),
      ...verdict(callGoals[name], figures.ours?.ratio),
    ];
  });
  return table(['CPU, x raw', 'raw', ...callContenders.slice(1), 'goal', ''], rows);
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
  if (calls !== undefined) parts.push(callTable(calls));
  if (codecs !== undefined) parts.push(codecTable(codecs));
  const bundlers = callContenders.filter((name) => name !== 'raw');
  if (bundles !== undefined) {
    const rows = Object.entries(bundles).map(
      ([key, sizes]) => [bundleTitles[key] ?? key, kib(sizes), bundleGoals[key]] as const,
    );
    parts.push(plainTable('bundle, KiB min + gzip', bundlers, rows));
  }
  if (imports !== undefined) {
    const { 'ours, feature alone': feature, ...rest } = imports;
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
