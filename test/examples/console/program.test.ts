import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readArguments } from '../../../examples/console/arguments.js';
import { UsageError } from '../../../examples/main-job/command-line.js';
import { clusterWithFile, run, start } from '../support.js';

const program = 'examples/console/main.ts';

/** The address that a console printed, without its token, and the token. */
function addressIn(output: string): readonly [address: string, token: string] {
  const [, address = '', token = ''] = /^Open (http:\S+)#token=(\S+)$/m.exec(output) ?? [];
  return [address, token];
}

// Each starts the program in a process of its own, which takes its time on a busy machine.
describe('the program of the console', { timeout: 240_000 }, () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'serves a simulated cluster until it gets a %s',
    async (signal) => {
      const console = start([program]);
      const output = await console.wrote('Ctrl-C');
      expect(output).toContain('talos-sim: 5 nodes\n');
      const [address, token] = addressIn(output);
      expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
      expect(token).toMatch(/^[\w-]{43}$/);
      expect(await (await fetch(address)).text()).toContain('<title>Talos cluster</title>');
      const live = await fetch(`${address}live`, { headers: { authorization: `Bearer ${token}` } });
      const first = (await live.body?.getReader().read())?.value;
      expect(new TextDecoder().decode(first)).toContain('"name":"talos-sim"');
      console.kill(signal);
      expect(await console.ended).toMatchObject({ code: 0, errors: '' });
    },
  );

  it('takes back what an operation prepared before it ends', async () => {
    const console = start([program]);
    const [address, token] = addressIn(await console.wrote('Ctrl-C'));
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ nodes: ['10.5.0.5'] });
    await fetch(`${address}actions/reboot`, { method: 'POST', headers, body });
    console.kill('SIGINT');
    const { code, output, errors } = await console.ended;
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(output).toContain('stopping what is under way');
  });

  it('only looks at a cluster that exists, unless it is told otherwise', async () => {
    const { cluster, talosconfig } = await clusterWithFile({ controlPlanes: 1, workers: 1 });
    for (const [args, status] of [
      [[], 403],
      [['--allow-actions'], 202],
    ] as const) {
      const console = start([program, '--talosconfig', talosconfig, ...args]);
      const output = await console.wrote('Ctrl-C');
      expect(output).toContain(`talos-sim: 2 nodes${status === 403 ? ', read-only' : ''}\n`);
      const [address, token] = addressIn(output);
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const sent = { method: 'POST', headers, body: '{}' };
      expect((await fetch(`${address}actions/stop`, sent)).status).toBe(status);
      const cut = { ...sent, body: '{"node":"10.5.0.3"}' };
      expect((await fetch(`${address}actions/cut`, cut)).status).toBe(403);
      console.kill('SIGTERM');
      expect(await console.ended).toMatchObject({ code: 0, errors: '' });
    }
    expect(cluster.journal.calls).toEqual([]);
  });

  it('finds the members when nobody names the nodes', async () => {
    const { cluster, talosconfig } = await clusterWithFile({ controlPlanes: 1, workers: 2 });
    await writeFile(talosconfig, cluster.talosconfig.replace(/ +nodes:\n( +- .*\n)+/, ''));
    const console = start([program, '--talosconfig', talosconfig]);
    expect(await console.wrote('Ctrl-C')).toContain('3 nodes, read-only');
  });

  it('explains itself, and refuses what it does not understand', async () => {
    const [help, wrong, nowhere] = await Promise.all([
      run([program, '--help']),
      run([program, '--nonsense']),
      run([program, '--talosconfig', 'nowhere']),
    ]);
    expect(help).toMatchObject({ code: 0, errors: '' });
    expect(help.output).toContain('--allow-actions');
    expect(wrong).toMatchObject({ code: 1, output: '' });
    expect(wrong.errors).toContain("error: Unknown option '--nonsense'");
    expect(wrong.errors).toContain('Usage: npm run console');
    expect(nowhere.code).toBe(1);
    expect(nowhere.errors).toMatch(/^error: talosconfig nowhere: there is no such file/);
  });
});

describe('the command line of the console', () => {
  it.each([
    [['--nonsense'], "Unknown option '--nonsense'"],
    [['--allow-actions'], '--context, --nodes and --allow-actions need --talosconfig FILE'],
    [['--talosconfig', 'f', '--nodes', 'a,,b'], '--nodes: "a,,b" has an empty entry'],
    [['--port', '70000'], '--port: "70000" is no port: give a number up to 65535'],
    [['--port', ''], '--port: "" is no port: give a number up to 65535'],
  ])('is refused with the reason: %j', (args, reason) => {
    expect(() => readArguments(args)).toThrow(UsageError);
    expect(() => readArguments(args)).toThrow(reason);
  });

  it('says which nodes of which cluster are shown, and whether one may act there', () => {
    expect(readArguments([])).toEqual({ kind: 'simulated', port: 0 });
    expect(readArguments(['--port', '8080', '--talosconfig', 'f', '--nodes', 'a, b'])).toEqual({
      kind: 'existing',
      port: 8080,
      talosconfig: 'f',
      context: undefined,
      nodes: ['a', 'b'],
      allowActions: false,
    });
  });
});
