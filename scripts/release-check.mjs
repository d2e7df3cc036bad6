// Says what keeps this checkout from being released; RELEASING.md has the steps. Publishes nothing.
//
// Usage: npm run release:check

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)));
const problems = [];

function check(isFine, problem) {
  if (!isFine) problems.push(problem);
}

function git(...args) {
  try {
    return execFileSync('git', args, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}

const folders = ['.', 'testkit'];
const [client, testkit] = folders.map((folder) =>
  JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')),
);

for (const [index, manifest] of [client, testkit].entries()) {
  const where = join(folders[index], 'package.json');
  for (const key of ['repository', 'homepage', 'bugs']) {
    check(manifest[key], `${where}: ${key} is not set; the owner of the project gives the address`);
  }
  check(manifest.private !== true, `${where}: the package is private`);
  for (const script of ['preinstall', 'install', 'postinstall']) {
    check(manifest.scripts?.[script] === undefined, `${where}: has a script ${script}`);
  }
  for (const file of ['README.md', 'LICENSE-MIT', 'LICENSE-APACHE']) {
    check(existsSync(join(root, folders[index], file)), `${join(folders[index], file)} is missing`);
  }
}

const { version } = client;
check(
  /^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version ?? ''),
  'package.json: version is no semantic version',
);
check(testkit.version === version, `testkit/package.json: version must be ${version} too`);
const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
const heading = new RegExp(
  `^## ${version?.replaceAll('.', '\\.')} \\(\\d{4}-\\d{2}-\\d{2}\\)$`,
  'm',
);
check(heading.test(changelog), `CHANGELOG.md: has no heading "## ${version} (YYYY-MM-DD)"`);

check(git('status', '--porcelain') === '', 'git: the work tree has changes');
const tags = git('tag', '--points-at', 'HEAD')?.split('\n') ?? [];
check(tags.includes(`v${version}`), `git: the commit has no tag v${version}`);

if (problems.length > 0) {
  console.error(`release:check: ${problems.length} things are missing`);
  for (const problem of problems) console.error(`  ${problem}`);
  process.exitCode = 1;
} else {
  console.log(`release:check: ${version} can be published`);
}
