import { type Goal, goGoals, ownGoals } from './goals.js';
import type { Results } from './results.js';
import { number, ratio, table, verdict } from './table.js';
import { unitOf, type WorkloadName, workloads } from './workloads.js';

/**
 * The table of this library, over each carrier, beside the official Go client. Nothing when neither
 * was measured.
 */
export function besideGo({ calls, bundles, imports, memory }: Results): string[] {
  const rows: string[][] = [];
  for (const [key, figures] of Object.entries(calls ?? {})) {
    if (figures.go === undefined) continue;
    const name = key as WorkloadName;
    const grpcJs = figures.ours?.xGo?.ratio;
    const http2 = figures['ours-http2']?.xGo?.ratio;
    rows.push([
      `${workloads[name].title}, CPU x Go`,
      `${number(figures.go.value)} ${unitOf(name)}`,
      ratio(grpcJs),
      ratio(http2),
      ...verdict(goalOf(name, grpcJs), http2),
    ]);
  }
  const plain = (title: string, figures: Figures | undefined, goal: Goal): void => {
    if (figures === undefined) return;
    const { go, ours, 'ours-http2': http2 } = figures;
    rows.push([title, number(go), number(ours), number(http2), ...verdict(goal, http2)]);
  };
  plain(
    'client with mTLS and etcd, all of it, KiB min + gzip',
    kib(bundles?.whole),
    ownGoals.bundle,
  );
  plain('import of client and one feature, ms in all', whole(imports), ownGoals.import);
  plain('peak memory, slow consumer, MiB over idle', memory, ownGoals.memory);
  if (rows.length === 0) return [];
  return [table(['beside Go', 'Go', 'ours, grpc-js', 'ours, http2', 'goal of http2', ''], rows)];
}

type Figures = Readonly<Record<string, number>>;

/** Large chunks shall also cost no more than over grpc-js. */
function goalOf(name: WorkloadName, grpcJs: number | undefined): Goal {
  const goal = goGoals[name];
  if (name !== 'download' || grpcJs === undefined) return goal;
  return { ...goal, limit: Math.min(goal.limit, Number(grpcJs.toFixed(2))) };
}

function kib(sizes: Figures | undefined): Figures | undefined {
  if (sizes === undefined) return undefined;
  return Object.fromEntries(Object.entries(sizes).map(([name, bytes]) => [name, bytes / 1024]));
}

function whole(imports: Results['imports']): Figures | undefined {
  if (imports === undefined) return undefined;
  return Object.fromEntries(Object.entries(imports).map(([name, { all }]) => [name, all]));
}
