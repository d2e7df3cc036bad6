import type { ProgressRow } from 'talos-client/fleet';

/** A cluster of the table: its name, and its nodes by address. */
export interface TableCluster {
  readonly name: string;
  readonly nodes: readonly string[];
}

const CELL_WIDTH = 17;

/** How far a fleet is: a line for each cluster, a column for each of its nodes. */
export class FleetTable {
  readonly #clusters: readonly TableCluster[];
  readonly #rows = new Map<string, ProgressRow>();
  readonly #width: number;

  constructor(clusters: readonly TableCluster[]) {
    this.#clusters = clusters;
    this.#width = Math.max(...clusters.map(({ name }) => name.length)) + 2;
  }

  /** Takes a row; says whether it tells anything new. */
  take(row: ProgressRow): boolean {
    const key = keyOf(row.cluster, row.node);
    const before = this.#rows.get(key);
    this.#rows.set(key, row);
    return (
      before === undefined ||
      before.step !== row.step ||
      before.state !== row.state ||
      before.attempt !== row.attempt
    );
  }

  /** The table as it is at a time, in milliseconds since 1970. */
  lines(nowMs: number): readonly string[] {
    return this.#clusters.map(({ name, nodes }) => {
      const cells = nodes.map((node) => this.#cell(name, node, nowMs).padEnd(CELL_WIDTH));
      return `${name.padEnd(this.#width)}${cells.join('')}`.trimEnd();
    });
  }

  #cell(cluster: string, node: string, nowMs: number): string {
    const row = this.#rows.get(keyOf(cluster, node));
    if (row === undefined) return '·';
    if (row.state === 'done') return 'done';
    if (row.state === 'failed') return `FAILED: ${row.step}`;
    return `${row.step} ${Math.max(0, Math.round((nowMs - row.sinceMs) / 1000))} s`;
  }
}

/** A row as a line, for where there is no terminal. */
export function lineOf(row: ProgressRow): string {
  const { cluster = 'fleet', node = '', step, state, attempt, lastError } = row;
  const failed = state === 'failed' ? ' FAILED' : '';
  const again = attempt > 1 ? `, attempt ${attempt}` : '';
  const error = lastError === undefined ? '' : `: ${lastError}`;
  return `${cluster.padEnd(8)} ${node.padEnd(12)} ${step}${failed}${again}${error}`;
}

function keyOf(cluster: string | undefined, node: string | undefined): string {
  return `${cluster ?? ''}/${node ?? ''}`;
}
