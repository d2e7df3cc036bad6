import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { JournalEntry, SimulatedCluster } from 'talos-client-testkit';
import { afterAll, expect, inject } from 'vitest';
import { type CallEnding, callEndings, type FileCoverage } from './coverage-report.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder where test files leave what they saw in this run. */
    readonly rpcCoverage: string;
  }
}

/**
 * Notes which RPCs the tests of a file call and how those end. Called once, at the top of the file;
 * gives the function that clusters are passed to.
 *
 * @example
 * ```ts
 * const covered = recordCoverage();
 * const cluster = covered(await simulateCluster({ transport: 'tls' }));
 * ```
 */
export function recordCoverage(): <Cluster extends SimulatedCluster>(cluster: Cluster) => Cluster {
  const clusters: SimulatedCluster[] = [];
  afterAll(() => {
    const file = relative(process.cwd(), expect.getState().testPath ?? '').replaceAll('\\', '/');
    const folder = inject('rpcCoverage');
    mkdirSync(folder, { recursive: true });
    const coverage: FileCoverage = { file, rpcs: endings(clusters) };
    writeFileSync(join(folder, `${basename(file)}.json`), JSON.stringify(coverage));
  });
  return (cluster) => {
    clusters.push(cluster);
    return cluster;
  };
}

function endings(clusters: readonly SimulatedCluster[]): Record<string, CallEnding[]> {
  const seen = new Map<string, Set<CallEnding>>();
  for (const { journal } of clusters) {
    for (const entry of journal) {
      const set = seen.get(entry.rpc) ?? new Set();
      for (const ending of endingsOf(entry)) seen.set(entry.rpc, set.add(ending));
    }
  }
  return Object.fromEntries(
    [...seen].map(([rpc, set]) => [rpc, callEndings.filter((ending) => set.has(ending))]),
  );
}

/** Streams that go on until the caller leaves: they have succeeded when they gave something. */
const endless: ReadonlySet<string> = new Set(['machine.MachineService/PacketCapture']);

function endingsOf({ rpc, outcome, replies }: JournalEntry): readonly CallEnding[] {
  switch (outcome) {
    case undefined:
      return [];
    case 'ok':
      return ['ok'];
    case 'permission-denied':
    // Trustd asks for a token in the place of a role.
    case 'unauthenticated':
      return ['refused'];
    case 'cancelled':
    case 'deadline-exceeded':
      return endless.has(rpc) && replies > 0 ? ['ok', 'ended'] : ['ended'];
    default:
      return ['failed'];
  }
}
