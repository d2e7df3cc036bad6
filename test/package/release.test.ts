import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { folderOf } from '../codegen/protos/support.js';

const run = promisify(execFile);
const addresses = { repository: 'r', homepage: 'h', bugs: 'b' };
const licences = { 'LICENSE-MIT': '', 'LICENSE-APACHE': '', 'README.md': '' };

/** What the check says of a checkout with these manifests; it has a commit with a tag. */
async function checked(
  client: object,
  testkit: object,
  changelog = '## 0.2.0 (2027-01-02)\n',
): Promise<{ status: number; said: string }> {
  const inTestkit = Object.entries(licences).map(([name, text]) => [`testkit/${name}`, text]);
  const folder = folderOf({
    'package.json': JSON.stringify(client),
    'testkit/package.json': JSON.stringify(testkit),
    'CHANGELOG.md': changelog,
    ...licences,
    ...Object.fromEntries(inTestkit),
  });
  const git = (...args: string[]) =>
    run('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], { cwd: folder });
  await git('init', '-q');
  await git('add', '-A');
  await git('commit', '-qm', 'all');
  await git('tag', 'v0.2.0');
  try {
    const { stdout } = await run(process.execPath, ['scripts/release-check.mjs', folder]);
    return { status: 0, said: stdout };
  } catch (error) {
    const { code, stderr } = error as { code: number; stderr: string };
    return { status: code, said: stderr };
  }
}

it('a checkout that has everything can be released', async () => {
  const manifest = { version: '0.2.0', ...addresses };
  expect(await checked(manifest, manifest)).toEqual({
    status: 0,
    said: 'release:check: 0.2.0 can be published\n',
  });
});

it('a release without addresses is refused, and told which', async () => {
  const { status, said } = await checked({ version: '0.2.0' }, { version: '0.2.0', ...addresses });
  expect(status).toBe(1);
  for (const key of ['repository', 'homepage', 'bugs']) {
    expect(said).toContain(`package.json: ${key} is not set`);
  }
  expect(said).not.toContain('testkit/package.json');
});

it('everything that is missing is told at once', async () => {
  const manifest = { version: '0.3.0', ...addresses, scripts: { postinstall: 'x' } };
  const { status, said } = await checked(manifest, { version: '0.2.0', private: true }, '# none\n');
  expect(status).toBe(1);
  expect(said).toContain('has a script postinstall');
  expect(said).toContain('testkit/package.json: version must be 0.3.0 too');
  expect(said).toContain('has no heading "## 0.3.0 (YYYY-MM-DD)"');
  expect(said).toContain('the commit has no tag v0.3.0');
  expect(said).toContain('the package is private');
});
