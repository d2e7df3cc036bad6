// A process that works with a journal: tells what it does in lines, and is told by lines. Its flow acts
// once it hears `act`, by adding a line to a file, after it has made sure that the run is still its own.
//
// Usage: node --import tsx journal-process.ts DIRECTORY ACTS LEASE_MS WAIT_MS
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Flow } from '../../../src/fleet/flow.js';
import { journalRunner } from '../../../src/fleet/journal/index.js';

const [, , directory = '', acts = '', leaseMs, waitMs] = process.argv;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

let hear = () => {};
const heard = new Promise<void>((resolve) => {
  hear = resolve;
});
const input = createInterface({ input: process.stdin });
input.on('line', (line) => {
  if (line === 'act') hear();
});

const flow: Flow = {
  name: 'act',
  version: '1',
  run: (context) =>
    context.step('act', async ({ previous, confirm }) => {
      say(`acting ${previous}`);
      await heard;
      await confirm();
      appendFileSync(acts, `${process.pid}\n`);
      return process.pid;
    }),
};

try {
  const runner = await journalRunner({
    directory,
    flows: [flow],
    leaseMs: Number(leaseMs),
    waitMs: Number(waitMs),
  });
  say('open');
  const run = await runner.start(flow, null, { id: 'one' });
  say(`result ${await run.result()}`);
  await runner.close();
} catch (error) {
  say(`error ${(error as { reason?: string }).reason} ${(error as Error).message}`);
}
input.close();
