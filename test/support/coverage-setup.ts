import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { TestProject } from 'vitest/node';
import { allMethods } from '../../src/testkit/methods.js';
import { type FileCoverage, missingEndings, testsByRpc } from './coverage-report.js';

const root = resolve(import.meta.dirname, '../..');
const features = 'test/features';
const report = 'docs/rpc-coverage.json';

/**
 * After a run of all feature tests, fails it when an RPC lacks one of the endings, or when
 * `docs/rpc-coverage.json` does not say what ran; `vitest run --update` writes that file.
 * Does nothing in runs of some tests only.
 */
export default function setup(project: TestProject): () => void {
  const folder = join(root, 'node_modules/.cache/rpc-coverage', `${process.pid}-${Date.now()}`);
  project.provide('rpcCoverage', folder);
  return () => {
    const seen = existsSync(folder) ? readdirSync(folder).map((name) => read(folder, name)) : [];
    rmSync(folder, { recursive: true, force: true });
    const ran = new Set(seen.map(({ file }) => file));
    if (ran.size === 0 || !featureTests().every((file) => ran.has(file))) return;
    const text = `${JSON.stringify(testsByRpc(seen), null, 2)}\n`;
    const path = join(root, report);
    if (project.config.snapshotOptions.updateSnapshot === 'all') writeFileSync(path, text);
    const problems = missingEndings(
      allMethods().map((method) => method.path.slice(1)),
      seen,
    );
    if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
      problems.push(`${report} does not say what ran: write it with "npx vitest run --update"`);
    }
    if (problems.length === 0) return;
    // Vitest only prints what a teardown throws; the run is to fail.
    process.exitCode = 1;
    throw new Error(`the tests do not show all RPCs:\n${problems.join('\n')}`);
  };
}

function featureTests(): readonly string[] {
  const folder = join(root, features);
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith('.test.ts'));
  return names.map((name) => `${features}/${name}`);
}

function read(folder: string, name: string): FileCoverage {
  return JSON.parse(readFileSync(join(folder, name), 'utf8'));
}
