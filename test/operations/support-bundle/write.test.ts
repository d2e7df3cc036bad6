import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pathPart } from '../../../src/operations/support-bundle/collect/collector.js';
import { dependencyGraph } from '../../../src/operations/support-bundle/render/dependency-graph.js';
import { serviceState } from '../../../src/operations/support-bundle/render/service-state.js';
import { table } from '../../../src/operations/support-bundle/render/table.js';
import { amount } from '../../../src/operations/support-bundle/render/tables.js';
import { Ahead } from '../../../src/operations/support-bundle/write/ahead.js';
import { maskLines } from '../../../src/operations/support-bundle/write/mask-lines.js';
import { inChunks } from '../../support/tar.js';

async function masked(text: string | Uint8Array, length = 10_000): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const bytes = Buffer.from(text as Uint8Array);
  for await (const part of maskLines(inChunks(bytes, length))) parts.push(part);
  return Buffer.concat(parts);
}

describe('secrets in texts without end', () => {
  const key = ['-----BEGIN EC PRIVATE KEY-----', 'AAAA', 'BBBB', '-----END EC PRIVATE KEY-----'];
  const text = [
    'plain line',
    `key: ${key.join('\n')}`,
    'after the key',
    `{"msg":"joined","token":"abcdef.0123456789abcdef"}`,
    'GET https://user:hunter22@registry.example/v2/',
    '-----BEGIN CERTIFICATE-----',
    'CCCC',
    '-----END CERTIFICATE-----',
    'kubelet --bootstrap-token=sup3rs3cr3t! --v=2',
    'no line break at the end',
  ].join('\n');

  it('are gone, however the text is cut', async () => {
    const whole = (await masked(text)).toString();
    for (const secret of ['AAAA', 'BBBB', 'abcdef.0123456789abcdef', 'hunter22', 'sup3rs3cr3t']) {
      expect(whole).not.toContain(secret);
    }
    for (const plain of ['plain line\n', 'after the key\n', 'CCCC\n', '--v=2\n', 'at the end']) {
      expect(whole).toContain(plain);
    }
    for (const length of [1, 7, 33]) expect((await masked(text, length)).toString()).toBe(whole);
  });

  it('leave bytes alone that are no text, and long lines', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: 1, max: 50 }),
        async (bytes, length) => {
          // Letters and signs may look like secrets.
          const strange = Buffer.from(bytes.map((byte) => (byte === 10 ? 10 : byte | 0x80)));
          expect(await masked(strange, length)).toEqual(strange);
        },
      ),
    );
    const long = 'x '.repeat(200_000);
    expect((await masked(long, 1_000)).toString()).toBe(long);
  });

  it('a key without end does not swallow the rest', async () => {
    const endless = `-----BEGIN PRIVATE KEY-----\n${'line\n'.repeat(300)}`;
    const shown = (await masked(endless)).toString().split('line\n').length - 1;
    expect(shown).toBe(99);
  });
});

describe('reading ahead', () => {
  it('goes on without its reader, as far as memory is allowed', async () => {
    let given = 0;
    async function* source() {
      for (; given < 100; given += 1) yield Buffer.alloc(64 * 1024, given);
    }
    const ahead = new Ahead(source());
    const settle = () => new Promise((resolve) => setTimeout(resolve, 5));
    for (let last = -1; last !== given; await settle()) last = given;
    expect(given).toBe(3);
    const bytes: number[] = [];
    for await (const chunk of ahead) bytes.push(chunk[0] ?? -1);
    expect(bytes).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });

  it('tells an error behind what came before it', async () => {
    const broken = new Error('broken');
    async function* source() {
      yield Buffer.from('a');
      throw broken;
    }
    const seen: string[] = [];
    const reading = (async () => {
      for await (const chunk of new Ahead(source())) seen.push(chunk.toString());
    })();
    await expect(reading).rejects.toBe(broken);
    expect(seen).toEqual(['a']);
  });

  it('that is left tells its reader why, and leaves its source', async () => {
    let isLeft = false;
    const source: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => {}),
        return: async () => {
          isLeft = true;
          return { done: true, value: undefined };
        },
      }),
    };
    const ahead = new Ahead(source);
    const reason = new Error('the node is gone');
    const reading = ahead[Symbol.asyncIterator]().next();
    ahead.leave(reason);
    await expect(reading).rejects.toBe(reason);
    expect(isLeft).toBe(true);
  });
});

it('names of nodes do not lead out of the folder of the zip', () => {
  expect(
    ['a', '../b', '..', '.', '', 'a\\b', 'x\u0000y', 'fd00::1', 'pod.name'].map(pathPart),
  ).toEqual(['a', '.._b', '_..', '_.', '_', 'a_b', 'x_y', 'fd00::1', 'pod.name']);
});

it('tables are aligned, and do not fill up their last column', () => {
  expect(
    table([
      ['A', 'LONG', 'C'],
      ['äöü', 'x', 'y z'],
      ['1', '2', ''],
    ]),
  ).toBe('A     LONG   C\näöü   x      y z\n1     2      \n');
});

it('amounts are in steps of a thousand', () => {
  expect([0n, 999n, 1_000n, 9_940n, 82_854_982n, 1_234_567_890_123n].map(amount)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '9.9 kB',
    '83 MB',
    '1.2 TB',
  ]);
});

it('the state of a service tells its last events, newest first', () => {
  const at = (seconds: number) => ({ seconds: BigInt(seconds), nanos: 0 });
  const event = (state: string, msg: string, seconds: number) => ({ state, msg, ts: at(seconds) });
  const health = { unknown: false, healthy: false, lastMessage: 'no answer', lastChange: at(1) };
  const events = { events: [event('Preparing', 'soon', 0), event('Running', 'now', 3_600)] };
  expect(serviceState({ id: 'kubelet', state: 'Running', health, events }, 3_725_000)).toBe(
    [
      'ID                    kubelet',
      'STATE                 Running',
      'HEALTH                Fail',
      'LAST HEALTH MESSAGE   no answer',
      'EVENTS                [Running]: now (2m5s ago)',
      '                      [Preparing]: soon (1h2m5s ago)',
      '',
    ].join('\n'),
  );
});

it('the graph has what is written and read, and by whom', () => {
  const edge = (edgeType: string, controllerName: string, resourceType: string, resourceId = '') =>
    ({ edgeType, controllerName, resourceType, resourceId, resourceNamespace: 'n' }) as never;
  const of = (type: string, id: string, owner: string) => ({ namespace: 'n', type, id, owner });
  const text = [
    ...dependencyGraph(
      [
        edge('OUTPUT_SHARED', 'one', 'T'),
        edge('OUTPUT_SHARED', 'two', 'T'),
        edge('INPUT_WEAK', 'two', 'T', 'a"b'),
        edge('INPUT_DESTROY_READY', 'one', 'T'),
        edge('INPUT_STRONG', 'two', 'gone'),
      ],
      new Map([['T', [of('T', 'a"b', 'one'), of('T', 'c', 'two')]]]),
    ),
  ].join('');
  expect(text.match(/->.*/g)).toEqual([
    '-> "n/T/a\\"b" [style="solid"];',
    '-> "n/T/c" [style="solid"];',
    '-> "two" [style="dotted"];',
  ]);
  expect(text).toContain('"one" [shape="box"];');
  expect(text).toContain('subgraph cluster_1 {\n\t\tlabel="T";');
});
