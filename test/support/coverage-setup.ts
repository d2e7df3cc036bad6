import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { TestProject } from 'vitest/node';
import { allMethods } from '../../testkit/src/base/calls/methods.js';
import { type FileCoverage, missingEndings, testsByRpc } from './coverage-report.js';

const root = resolve(import.meta.dirname, '../..');
const features = 'test/features';
const report = 'docs/rpc-coverage.json';

/**
 * After a run of all tests of features, fails it when an RPC lacks one of the endings, or when
 * `docs/rpc-coverage.json` does not say what ran. `npm run test:coverage` writes that file.
 * Runs of some tests only are not looked at, nor are those that have failed already.
 */
export default function setup(project: TestProject): () => void {
  const folder = join(root, 'node_modules/.cache/rpc-coverage', `${process.pid}-${Date.now()}`);
  project.provide('rpcCoverage', folder);
  return () => {
    const seen = existsSync(folder) ? readdirSync(folder).map((name) => read(folder, name)) : [];
    rmSync(folder, { recursive: true, force: true });
    if (!allPassed(project)) return;
    const rpcs = allMethods().map((method) => method.path.slice(1));
    const text = `${JSON.stringify(testsByRpc(seen), null, 2)}\n`;
    const path = join(root, report);
    if (project.config.snapshotOptions.updateSnapshot === 'all') writeFileSync(path, text);
    const problems = missingEndings(rpcs, seen);
    if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
      problems.push(
        `${report} does not say what ran: renew it with "npm run test:coverage", and the page made ` +
          'of it with "npm run generate"',
      );
    }
    if (problems.length === 0) return;
    // Vitest does not fail for what a teardown throws.
    console.error(`\nThe tests of features do not show all RPCs:\n${problems.join('\n')}`);
    process.exitCode = 1;
  };
}

/** Whether all tests of all features have run, and none has failed. */
function allPassed({ config, vitest }: TestProject): boolean {
  if (config.testNamePattern !== undefined) return false;
  const modules = new Map(
    vitest.state.getTestModules().map((module) => [resolve(root, module.moduleId), module.state()]),
  );
  return featureTests().every((file) => modules.get(join(root, file)) === 'passed');
}

function featureTests(): readonly string[] {
  const names = readdirSync(join(root, features)).filter((name) => name.endsWith('.test.ts'));
  return names.map((name) => `${features}/${name}`);
}

function read(folder: string, name: string): FileCoverage {
  return JSON.parse(readFileSync(join(folder, name), 'utf8'));
}
