import fc from 'fast-check';
import type { SimulatedNode } from 'talos-client-testkit';
import { describe, expect, it } from 'vitest';
import {
  markMachinedLog,
  readInstallerNews,
} from '../../../src/operations/upgrading/installer-log.js';
import { turningCluster } from '../../support/turning.js';

const call = {};

async function started(talosVersion = 'v1.14.0') {
  const { cluster } = await turningCluster({ talosVersion });
  const node = cluster.node('cp-1');
  const target = cluster.client().node(node.address);
  const news = (mark: string) => readInstallerNews(target, mark, call);
  return { node, target, news, mark: () => markMachinedLog(target, call) };
}

const at = '2026-01-31T23:59:59.123Z';
const fields = '"component": "machined", "service": "lifecycle"';
const blue = '\u001b[34mINFO\u001b[0m';
const yellow = '\u001b[33mWARN\u001b[0m';

/** What Talos writes, by its release; with and without colours, with spaces and tabs. */
const lines = {
  starts: [
    `${at} ${blue} starting upgrade {${fields}, "installer_image": "x:v1.14.1", "disk": "/dev/sda"}`,
    `${at}\tINFO\tstarting upgrade\t{"installer_image": "x:v1.14.1"}`,
    '2026/01/31 23:59:59.123456 [talos] starting upgrade: installer_image=x:v1.13.1, disk=/dev/sda',
    '2026/01/31 23:59:59 starting upgrade: installer_image=x, disk=',
    `${at} ${blue} upgrade progress {${fields}, "message": "copying"}`,
  ],
  completes: [
    `${at} ${blue} upgrade completed {${fields}, "exit_code": 0}`,
    `${at}\tINFO\tupgrade completed\t{"exit_code": 0}`,
    '2026/01/31 23:59:59.123456 [talos] upgrade completed successfully: exit_code=0',
  ],
  fails: [
    `${at} ${yellow} upgrade failed {${fields}, "exit_code": 17}`,
    '2026/01/31 23:59:59.123456 [talos] upgrade failed: exit_code=17',
  ],
  says: [
    `${at} ${blue} upgrade progress {${fields}, "message": "upgrade completed {\\"exit_code\\": 0}"}`,
    `${at} ${blue} upgrade progress {${fields}, "message": "upgrade failed: exit_code=1"}`,
  ],
  others: [
    `${at} ${blue} installation completed {${fields}, "exit_code": 0}`,
    '2026/01/31 23:59:59.123456 [talos] task upgrade (1/1): starting',
    'starting upgrade: installer_image=x',
    `${at} ${blue} starting upgrade`,
    '',
  ],
};

const write = (node: SimulatedNode, texts: readonly string[]) => {
  for (const text of texts) node.logs.write('machined', text);
};

describe('the log of machined', () => {
  it('tells of no installer when none has begun since the mark', async () => {
    const { node, mark, news } = await started();
    write(node, [...lines.starts, ...lines.completes]);
    const seen = await mark();
    expect(await news(seen)).toEqual({ state: 'none' });
    write(node, lines.others);
    expect(await news(seen)).toEqual({ state: 'none' });
  });

  it.each(lines.starts)('tells that one began: %s', async (line) => {
    const { node, mark, news } = await started();
    const seen = await mark();
    write(node, [line, ...lines.others]);
    expect(await news(seen)).toEqual({ state: 'began' });
  });

  it.each(lines.completes)('tells that one succeeded: %s', async (line) => {
    const { node, mark, news } = await started();
    const seen = await mark();
    write(node, [...lines.starts, line, ...lines.others]);
    expect(await news(seen)).toEqual({ state: 'completed' });
  });

  it.each(lines.fails)('tells that one failed: %s', async (line) => {
    const { node, mark, news } = await started();
    const seen = await mark();
    write(node, [...lines.starts, line]);
    expect(await news(seen)).toEqual({ state: 'failed', exitCode: 17 });
  });

  it.each(lines.says)('is not misled by what an installer says: %s', async (line) => {
    const { node, mark, news } = await started();
    const seen = await mark();
    write(node, [lines.starts[0] ?? '', line]);
    expect(await news(seen)).toEqual({ state: 'began' });
  });

  it('tells of the last one only', async () => {
    const { node, mark, news } = await started();
    const seen = await mark();
    write(node, [...lines.starts, ...lines.completes, lines.starts[0] ?? '']);
    expect(await news(seen)).toEqual({ state: 'began' });
  });

  it('is lost when the mark is overwritten', async () => {
    const { node, mark, news } = await started();
    write(node, [`${at} INFO here`]);
    const seen = await mark();
    write(
      node,
      Array.from({ length: 40 }, (_, index) => `${index} ${'x'.repeat(40_000)}`),
    );
    write(node, lines.starts);
    expect(await news(seen)).toEqual({ state: 'lost' });
  });

  it.each(['v1.13.2', 'v1.14.0'])(
    'of a simulated node with %s tells of its installers',
    async (release) => {
      const { upgradeNode } = await import('../../../src/operations/upgrade-node/index.js');
      const turning = await turningCluster({ controlPlanes: 1, workers: 1, talosVersion: release });
      const target = turning.cluster.client().node(turning.cluster.node('worker-1').address);
      const seen = await markMachinedLog(target, call);
      const image = 'ghcr.io/siderolabs/installer:v1.14.1';
      let news: unknown;
      const onProgress = async ({ type, step }: { type: string; step: string }) => {
        if (type === 'step' && step === 'send') news = await readInstallerNews(target, seen, call);
      };
      const options = { drain: 'never', onProgress } as const;
      await turning.turnUntil(upgradeNode(target, { image }, options, turning.parts));
      expect(news).toEqual({ state: 'completed' });
    },
  );

  it('may hold anything without a failure', async () => {
    const { node, mark, news } = await started();
    const seen = await mark();
    const part = fc.constantFrom(...Object.values(lines).flat(), ' ', '{', '"exit_code": ', '\t');
    const text = fc
      .array(fc.oneof(part, fc.string({ maxLength: 20 })))
      .map((some) => some.join(''));
    await fc.assert(
      fc.asyncProperty(text, async (line) => {
        node.logs.write('machined', line);
        const { state } = await news(seen);
        expect(['none', 'began', 'completed', 'failed']).toContain(state);
      }),
      { numRuns: 200 },
    );
  });
});
