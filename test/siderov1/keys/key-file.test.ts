import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KeyFile } from '../../../src/siderov1/keys/key-file.js';
import { configErrorOf, printed, temporaryDirectory } from '../../talosconfig/support.js';
import { freshKey } from '../support/keys.js';

const name = 'prod-anna@example.com.pgp';

async function folders() {
  const home = await temporaryDirectory();
  const directories = [join(home, 'first'), join(home, 'second')];
  const file = new KeyFile({ context: 'prod', identity: 'anna@example.com', directories });
  const put = async (at: number, text: string) => {
    await mkdir(directories[at] as string, { recursive: true });
    await writeFile(join(directories[at] as string, name), text);
  };
  return { directories: directories as [string, string], file, put };
}

describe('a key file', () => {
  it('is looked for in all folders in their order, and read from the first that has it', async () => {
    const { file, put } = await folders();
    const [one, two] = [freshKey(), freshKey()];
    await put(1, two.privateArmor);
    expect(await file.read(Date.now())).toMatchObject({
      key: { fingerprint: two.key.fingerprint },
    });
    await put(0, one.privateArmor);
    expect(await file.read(Date.now())).toMatchObject({
      key: { fingerprint: one.key.fingerprint },
    });
  });

  it('is written to the first folder alone, for its owner alone, in one step', async () => {
    const { directories, file, put } = await folders();
    await put(1, 'old');
    await file.prepare();
    await file.write('new');
    const path = join(directories[0], name);
    expect(file.path).toBe(path);
    expect(await readFile(path, 'utf8')).toBe('new');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(directories[0])).mode & 0o777).toBe(0o700);
    expect(await readdir(directories[0])).toEqual([name]);
    expect(await readFile(join(directories[1], name), 'utf8')).toBe('old');
  });

  it('that is missing is a problem that a new key solves, and names where it was looked for', async () => {
    const { directories, file } = await folders();
    const found = await file.read(Date.now());
    expect(found).toMatchObject({ renewable: true, path: file.path });
    expect('reason' in found && found.reason).toContain(directories.join(', '));
  });

  it.each([
    ['is damaged', (text: string) => text.slice(0, 200), true, 'is damaged'],
    ['is empty', () => '', true, 'is damaged'],
    ['is a public key', () => freshKey().publicArmor, false, 'PUBLIC KEY'],
  ])('that %s is a problem', async (_, change, renewable, reason) => {
    const { file, put } = await folders();
    const { privateArmor } = freshKey();
    await put(0, change(privateArmor));
    const found = await file.read(Date.now());
    expect(found).toMatchObject({ renewable, path: file.path });
    expect((found as { reason: string }).reason).toContain(reason);
    expect(printed(found)).not.toContain(privateArmor.split('\n')[2]);
  });

  it('with a key that ran out is a problem that a new key solves; one from the future is not', async () => {
    const { file, put } = await folders();
    const now = Date.now();
    await put(0, freshKey('anna@example.com', now - 7_200_000, 3600).privateArmor);
    expect(await file.read(now)).toMatchObject({ renewable: true });
    await put(0, freshKey('anna@example.com', now + 7_200_000, 3600).privateArmor);
    const found = await file.read(now);
    expect(found).toMatchObject({ renewable: false });
    expect((found as { reason: string }).reason).toContain('check the clock');
  });

  it('that is a folder, or endless, cannot be read, and says so', async () => {
    const { directories, file, put } = await folders();
    await put(1, 'a'.repeat(300_000));
    const large = await configErrorOf(() => file.read(Date.now()));
    expect(large.message).toContain('is larger than 262144 bytes');
    await mkdir(directories[0], { recursive: true });
    await symlink('/dev/zero', join(directories[0], name));
    const error = await configErrorOf(() => file.read(Date.now()));
    expect(error).toMatchObject({ path: file.path });
    expect(error.message).toContain('is not an ordinary file');
    await rm(file.path);
    await mkdir(file.path);
    expect((await configErrorOf(() => file.read(Date.now()))).message).toContain('ordinary file');
    expect((await configErrorOf(() => file.write('new'))).message).toContain(
      'not an ordinary file',
    );
  });

  it('is not written where a file is in place of the folder, which is found out first', async () => {
    const { directories, file } = await folders();
    await writeFile(directories[0], '');
    expect((await configErrorOf(() => file.prepare())).message).toContain('cannot be written');
    expect((await configErrorOf(() => file.write('new'))).message).toContain('cannot be written');
  });

  it('that is a link is written where it leads', async () => {
    const { directories, file } = await folders();
    await mkdir(directories[0]);
    const elsewhere = join(directories[0], 'elsewhere');
    await writeFile(elsewhere, 'old');
    await symlink(elsewhere, join(directories[0], name));
    await file.write('new');
    expect(await readFile(elsewhere, 'utf8')).toBe('new');
    expect(await readFile(join(directories[0], name), 'utf8')).toBe('new');
  });
});
