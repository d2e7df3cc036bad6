import { type SimulatedCluster, simulateCluster } from 'talos-client-testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { archiveOf, ociFiles } from '../../support/image-archive.js';
import { GoClient, type Message } from '../support/go-client.js';

let cluster: SimulatedCluster;
let go: GoClient;

const memory = { driver: 'CONTAINERD', namespace: 'NS_SYSTEM' } as const;
const at = { node: '10.5.0.2' } as const;
const imageName = 'docker.io/library/alpine:3.22';

beforeAll(async () => {
  cluster = await simulateCluster({ workers: 1, transport: 'tls' });
  go = new GoClient();
  await go.connect(cluster.talosconfig);
  await go.stream('Image.Pull', [{ containerd: memory, imageRef: imageName }], at);
});
afterAll(async () => {
  await go?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
});

interface Reply {
  readonly stdoutData?: string;
  readonly exitCode?: number;
}

const base64 = (text: string) => Buffer.from(text).toString('base64');
const typed = (text: string) => ({ stdinData: base64(text) });

/** Runs a debug container, and says each thing when it has shown what is awaited before. */
async function converse(
  spec: object,
  ...steps: readonly (readonly [await: string, request: object])[]
): Promise<{ output: string; exitCode: number | undefined }> {
  const replies = await go.items<Message<Reply>>({
    do: 'converse',
    client: 'main',
    arguments: [
      { spec: { containerd: memory, imageName, profile: 'PROFILE_PRIVILEGED', ...spec } },
      ...steps.map(([, request]) => request),
    ],
    await: steps.map(([text]) => text),
    timeoutMs: 20_000,
    ...at,
  });
  const output = replies.map(({ value }) => Buffer.from(value.stdoutData ?? '', 'base64'));
  return {
    output: Buffer.concat(output).toString(),
    exitCode: replies.find(({ value }) => value.exitCode !== undefined)?.value.exitCode,
  };
}

describe('the official client in a debug container', () => {
  test('types on a terminal, tells its size, and reads the exit code', async () => {
    const { output, exitCode } = await converse(
      { tty: true },
      ['/ # ', typed('echo hello $HOME\r')],
      ['\r\nhello /root\r\n/ # ', { termResize: { width: 132, height: 50 } }],
      ['', typed('stty size\r')],
      ['50 132\r\n/ # ', typed('exit 7\r')],
    );
    expect(output).toContain('/ # echo hello $HOME\r\nhello /root\r\n');
    expect(exitCode).toBe(7);
  });

  test('runs a command without a terminal', async () => {
    const { output, exitCode } = await converse({ args: ['echo', 'done', 'ünï'] });
    expect({ output, exitCode }).toEqual({ output: 'done ünï\n', exitCode: 0 });
  });

  test('ends a program by a signal', async () => {
    const { exitCode } = await converse({ args: ['sleep', '1000'] }, ['', { signal: 15 }]);
    expect(exitCode).toBe(143);
  });

  test('is told that there is no image', async () => {
    await expect(converse({ imageName: 'docker.io/library/none:1' })).rejects.toMatchObject({
      code: 'NotFound',
    });
  });
});

describe('an image archive that the official client uploads', () => {
  test('is among the images, and can be removed', async () => {
    const name = 'registry.test/own:1';
    const archive = archiveOf(ociFiles(name, ['a layer', 'another layer']));
    const chunks: object[] = [{ containerd: memory }];
    for (let start = 0; start < archive.length; start += 1000) {
      const bytes = archive.subarray(start, start + 1000).toString('base64');
      chunks.push({ imageChunk: { bytes } });
    }
    await go.stream('Image.Import', chunks, at);
    const names = async () =>
      (await go.stream<Message<{ name: string }>>('Image.List', [{ containerd: memory }], at)).map(
        ({ value }) => value.name,
      );
    expect(await names()).toContain(name);
    await go.call('Image.Remove', [{ containerd: memory, imageRef: name }], at);
    expect(await names()).not.toContain(name);
  });
});
