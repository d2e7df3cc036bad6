import { describe, expect, it } from 'vitest';
import type { DebugContainerRunRequestSpec } from '../../../generated/features/debug.js';
import type { CallOptions, Init } from '../../../src/index.js';
import { ManualClock } from '../../../testkit/src/base/time/clock.js';
import type { ClusterOptions } from '../../../testkit/src/cluster/options.js';
import { images } from '../../../testkit/src/topics/images/images.js';
import { logs } from '../../../testkit/src/topics/logs/logs.js';
import { DebugSession } from '../../support/debug-session.js';
import { failure, startCluster } from '../support.js';

const imageName = 'docker.io/library/alpine:3.22';
const base = {
  containerd: { driver: 'CONTAINERD', namespace: 'NS_SYSTEM' },
  imageName,
  profile: 'PROFILE_PRIVILEGED',
} as const;
const host = { profile: 'PROFILE_HOST_NS' } as const;

const SIGHUP = 1;
const SIGINT = 2;
const SIGKILL = 9;
const SIGTERM = 15;
const SIGWINCH = 28;

type Spec = Partial<Init<DebugContainerRunRequestSpec>>;

async function started(options: ClusterOptions = {}) {
  const clock = new ManualClock();
  const cluster = await startCluster({ clock, ...options });
  const node = cluster.node('cp-1');
  node.machine.state(images).add('CONTAINERD/NS_SYSTEM', imageName);
  const target = cluster.client().node('10.5.0.2');
  const run = (spec: Spec = {}, callOptions?: CallOptions) =>
    new DebugSession(target, { ...base, ...spec }, callOptions);
  return { clock, cluster, node, run };
}

/** Types commands into a shell without a terminal, and gives what it showed. */
async function script(session: DebugSession, text: string): Promise<string> {
  session.type(text);
  session.end();
  await session.done;
  return session.output;
}

// Talos: DebugService.ContainerRun; half-close is the end of the input.
describe('a debug container without a terminal', () => {
  it('runs the commands of its input, without echo or prompt, until that ends', async () => {
    const { run } = await started();
    const session = run({ env: { GREETING: 'hello' } });
    expect(await script(session, 'echo $GREETING "$HOME"\nfalse\n')).toBe('hello /root\n');
    expect(session.exitCode).toBe(1);
  });

  it('passes bytes through a program as they are', async () => {
    const { run } = await started();
    const session = run({ args: ['cat'] });
    session.type('one\ttwo');
    await session.shows('one\ttwo');
    const rest = '\u0003\u0004 three';
    expect(await script(session, rest)).toBe(`one\ttwo${rest}`);
    expect(session.exitCode).toBe(0);
  });

  it('sends output in pieces of at most 512 bytes', async () => {
    const { run } = await started();
    const session = run();
    await script(session, 'cat /proc/meminfo /host/etc/os-release\n');
    expect(session.output.length).toBeGreaterThan(600);
    expect(session.longest).toBe(512);
  });

  it.each([
    [SIGHUP, 129],
    [SIGINT, 130],
    [SIGKILL, 137],
    [SIGTERM, 143],
  ])('ends at signal %i with exit code %i', async (signal, exitCode) => {
    const { run } = await started();
    const session = run({ args: ['sleep', '1000'] });
    session.signal(SIGWINCH);
    session.signal(0);
    session.signal(signal);
    expect(await session.exit()).toBe(exitCode);
    session.end();
    await session.done;
  });

  it('waits in the time of the node', async () => {
    const { clock, run } = await started();
    const session = run({ args: ['sh', '-c', 'echo before; sleep 60; echo after; exit 3'] });
    await session.shows('before\n');
    await clock.advance(59_000);
    expect(session.output).toBe('before\n');
    await clock.advance(1_000);
    expect(await session.exit()).toBe(3);
    expect(session.output).toBe('before\nafter\n');
    session.end();
    await session.done;
  });
});

describe('a debug container with a terminal', () => {
  it('shows what is typed, and takes back what is deleted', async () => {
    const { run } = await started();
    const session = run({ tty: true });
    await session.shows('/ # ');
    session.type('echo wrong\u0015echo righx\u007ft Übr\u007f\u007f\u007f\r');
    await session.shows('\r\nright\r\n/ # ');
    session.type('\u0004');
    expect(await session.exit()).toBe(0);
    session.end();
    await session.done;
  });

  it('interrupts a command with Ctrl-C, and the shell lives on', async () => {
    const { clock, run } = await started();
    const session = run({ tty: true });
    const { pending } = clock;
    session.type('sleep 1000\r');
    await session.shows('sleep 1000\r\n');
    while (clock.pending === pending) await clock.advance(0);
    session.type('\u0003');
    await session.shows('^C\r\n/ # ');
    session.type('echo $?\r');
    await session.shows('130\r\n/ # ');
    // What was typed before and nobody has read is gone with it.
    session.type('abandoned\u0003');
    await session.shows('abandoned^C\r\n/ # ');
    session.signal(SIGTERM);
    session.type('exit\r');
    expect(await session.exit()).toBe(130);
    session.end();
    await session.done;
  });

  it('ends the input of what reads it with Ctrl-D, and no more than that', async () => {
    const { run } = await started();
    const session = run({ tty: true });
    session.type('cat\r');
    await session.shows('cat\r\n');
    session.type('line\r');
    await session.shows('line\r\nline\r\n');
    session.type('\u0004');
    await session.shows('line\r\n/ # ');
    session.type('\u0004');
    expect(await session.exit()).toBe(0);
    session.end();
    await session.done;
  });

  it('is hung up by SIGHUP', async () => {
    const { run } = await started();
    const session = run({ tty: true });
    await session.shows('/ # ');
    session.signal(SIGHUP);
    expect(await session.exit()).toBe(129);
    session.end();
    await session.done;
  });

  it('has the size it was given last; pipes have none', async () => {
    const { run } = await started();
    const terminal = run({ tty: true });
    terminal.resize(100, 30);
    terminal.resize(101, 31);
    terminal.type('stty size\r');
    await terminal.shows('31 101\r\n');
    terminal.end();
    await terminal.done;
    const pipes = run();
    pipes.resize(100, 30);
    expect(await script(pipes, 'stty size\n')).toBe('stty: standard input: Not a tty\n');
  });
});

describe('the shell', () => {
  it.each([
    ['true && echo yes || echo no', 'yes\n'],
    ['false && echo yes || echo no', 'no\n'],
    ['echo "a  b"  c\\ d \'$HOME\' # e', 'a  b c d $HOME\n'],
    ['echo $NONE x$NONE', 'x\n'],
    ['A=1 B=2; export C=3; echo $A$B$C', '123\n'],
    [
      'cd /host/etc; pwd; cd none; echo $?',
      "/host/etc\nsh: cd: can't cd to none: No such file or directory\n1\n",
    ],
    ['nmap; echo $?', 'sh: nmap: not found\n127\n'],
    ['cat /none; echo $?', 'cat: /none: No such file or directory\n1\n'],
    ['cat /etc', 'cat: /etc: Is a directory\n'],
    ['echo -n x; uname -n; hostname', 'xcp-1\ncp-1\n'],
    ['sleep x; echo $?', "sleep: invalid number 'x'\n1\n"],
    ['sh -c "exit 9"; echo $?', '9\n'],
  ])('runs %s', async (line, output) => {
    const { run } = await started();
    expect(
      (await script(run({ args: ['/bin/sh'] }), `${line}\n`)).replaceAll('/bin/sh:', 'sh:'),
    ).toBe(output);
  });
});

describe('the profiles', () => {
  it('show the files of the node below /host, or in their place', async () => {
    const { run } = await started();
    const line = 'ls /; cat /etc/os-release\n';
    const privileged = await script(run(), `${line}cat /host/etc/hostname\n`);
    expect(privileged).toContain(`host\n`);
    expect(privileged).toContain(imageName);
    expect(privileged).toContain('cp-1\n');
    const inHost = await script(run({ ...host, args: ['sh'] }), line);
    expect(inHost).toContain('system\n');
    expect(inHost).toContain('NAME="Talos"');
  });

  it('fail to start a program that there is not, or tell of it', async () => {
    const { run } = await started();
    const args = ['zpool', 'list'];
    const error = await failure(run({ args }).done);
    expect(error).toMatchObject({ status: 'unknown' });
    expect(error.message).toContain('exec: "zpool": executable file not found in $PATH');
    const session = run({ ...host, args });
    expect(await session.exit()).toBe(1);
    expect(session.output).toContain('host-ns: launch failed: ');
    session.end();
    await session.done;
  });

  it('fail at a signal that there is not, or drop it', async () => {
    const { run } = await started();
    const session = run();
    session.signal(65);
    const error = await failure(session.done);
    expect(error).toMatchObject({ status: 'unknown' });
    expect(error.message).toContain('failed to forward signal to task');
    const inHost = run({ ...host, args: ['sh'] });
    inHost.signal(65);
    expect(await script(inHost, 'echo alive\n')).toBe('alive\n');
  });

  it('fail at a second specification, or drop it', async () => {
    const { run } = await started();
    const session = run();
    session.send({ request: { case: 'spec', value: base } });
    expect((await failure(session.done)).message).toContain('unknown request type');
    const inHost = run({ ...host, args: ['sh'] });
    inHost.send({ request: { case: 'spec', value: base } });
    expect(await script(inHost, 'echo alive\n')).toBe('alive\n');
  });
});

describe('the end of a debug container', () => {
  it('ends the call at the next message, too', async () => {
    const { run } = await started();
    const session = run({ args: ['true'] });
    expect(await session.exit()).toBe(0);
    session.type('too late\n');
    await session.done;
  });

  it('comes with a caller that is gone: nothing of it is left', async () => {
    const { clock, cluster, run } = await started();
    const { pending } = clock;
    const caller = new AbortController();
    const reason = new Error('the caller is gone');
    const session = run({ args: ['sleep', '1000'] }, { signal: caller.signal });
    while (clock.pending === pending) await clock.advance(0);
    caller.abort(reason);
    await expect(session.done).rejects.toBe(reason);
    await cluster.journal.waitFor(({ outcome }) => outcome === 'cancelled');
    while (clock.pending > pending) await clock.advance(0);
    expect(clock.pending).toBe(pending);
  });

  it('comes with that of the node', async () => {
    const { node, run } = await started();
    const session = run({ tty: true });
    await session.shows('/ # ');
    node.kill();
    expect(await failure(session.done)).toMatchObject({ status: 'unavailable' });
    expect(session.exitCode).toBeUndefined();
  });
});

describe('the log of machined', () => {
  it('tells of each container that was asked for, without what may be secret', async () => {
    const { node, run } = await started();
    await script(run({ args: ['env'], env: { TOKEN: 'hunter2' } }), '');
    const log = node.machine.state(logs).find('machined')?.content.toString() ?? '';
    expect(log).toContain(
      `debug container request received: image=${imageName} arg_count=1 env_count=1 profile=PROFILE_PRIVILEGED\n`,
    );
    expect(log).not.toContain('hunter2');
  });
});

describe('in maintenance', () => {
  it('debug containers need SideroLink', async () => {
    const plain = await started({ maintenance: true });
    expect(await failure(plain.run({ args: ['true'] }).done)).toMatchObject({
      status: 'permission-denied',
    });
    const linked = await started({ maintenance: true, sideroLink: true });
    expect(await script(linked.run(), 'hostname\n')).toBe('cp-1\n');
  });
});
