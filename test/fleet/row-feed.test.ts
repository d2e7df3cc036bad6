import { expect, it } from 'vitest';
import { RowFeed } from '../../src/fleet/journal/row-feed.js';
import type { ProgressRow } from '../../src/fleet/runner.js';

function row(node: string, step: string): ProgressRow {
  return {
    run: 'roll',
    flow: 'roll/berlin',
    cluster: 'berlin',
    node,
    step,
    state: 'running',
    sinceMs: 0,
    attempt: 1,
    lastError: undefined,
  };
}

it('a slow reader gets each row once, as it is by then, in the order of the last changes', async () => {
  const feed = new RowFeed();
  const reading = feed.read([row('a', 'drain'), row('b', 'drain')], undefined);
  const first = await reading.next();
  expect(first.value).toMatchObject({ node: 'a', step: 'drain' });
  for (const step of ['install', 'reboot']) feed.publish(row('a', step));
  feed.publish(row('b', 'install'));
  feed.end();
  const rest: string[] = [];
  for await (const { node, step } of reading) rest.push(`${node} ${step}`);
  expect(rest).toEqual(['a reboot', 'b install']);
});
