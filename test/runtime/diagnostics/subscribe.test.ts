import { channel, tracingChannel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import { logs } from '../../../generated/features/logs.js';
import { system, systemMethods } from '../../../generated/features/system.js';
import { createTalosClient } from '../../../src/runtime/client.js';
import {
  channelNames,
  type Subscriber,
  subscribe,
} from '../../../src/runtime/diagnostics/index.js';
import { clientOptions, parseTalosconfig } from '../../../src/talosconfig/index.js';
import { startCluster } from '../../testkit/support.js';

/** A subscriber that notes which of its functions were called, in order. */
function noting() {
  const seen: string[] = [];
  const subscriber: Required<Subscriber> = {
    client: ({ state }) => void seen.push(`client ${state}`),
    callStarted: ({ rpc }) => void seen.push(`started ${rpc.split('/')[1]}`),
    callAnswered: () => void seen.push('answered'),
    callEnded: ({ status }) => void seen.push(`ended ${status}`),
    attempt: ({ number, state }) => void seen.push(`attempt ${number} ${state}`),
    retry: ({ attempt }) => void seen.push(`retry after ${attempt}`),
    connection: ({ state }) => void seen.push(`connection ${state}`),
    ejection: ({ state }) => void seen.push(`ejection ${state}`),
    certificate: ({ leftMs }) => void seen.push(`certificate ${leftMs}`),
    breaker: ({ state }) => void seen.push(`breaker ${state}`),
  };
  return { seen, subscriber };
}

function watch(...given: Parameters<typeof subscribe>) {
  const subscription = subscribe(...given);
  onTestFinished(() => subscription.stop());
  return subscription;
}

describe('subscribe', () => {
  it('calls a function for each event, until it is stopped', async () => {
    const cluster = await startCluster({});
    const { seen, subscriber } = noting();
    const subscription = watch(subscriber);
    const talos = cluster.client();
    cluster.node('cp-1').drop(systemMethods.hostname, { times: 1 });
    await system(talos).hostname();
    expect(seen.filter((event) => !event.startsWith('connection'))).toEqual([
      'client opened',
      'started Hostname',
      'attempt 1 started',
      'attempt 1 ended',
      'retry after 1',
      'attempt 2 started',
      'attempt 2 ended',
      'answered',
      'ended ok',
    ]);
    expect(seen).toContain('connection ready');
    const known = seen.length;
    subscription.stop();
    subscription.stop();
    await system(talos).hostname();
    await talos.close();
    expect(seen).toHaveLength(known);
    expect(tracingChannel(channelNames.call).hasSubscribers).toBe(false);
    expect(channel(channelNames.attempt).hasSubscribers).toBe(false);
  });

  it('ends with the block that uses it', () => {
    {
      using _ = subscribe({ retry() {} });
      expect(channel(channelNames.retry).hasSubscribers).toBe(true);
      expect(channel(channelNames.attempt).hasSubscribers).toBe(false);
    }
    expect(channel(channelNames.retry).hasSubscribers).toBe(false);
  });

  it('sees only the clients that are asked for, and asks once for each', async () => {
    const cluster = await startCluster({ controlPlanes: 2 });
    const [one, two] = [cluster.client({ endpoint: 'cp-1' }), cluster.client({ endpoint: 'cp-2' })];
    const { seen, subscriber } = noting();
    const asked: unknown[] = [];
    watch(subscriber, {
      only: ({ endpoints }) => {
        asked.push(endpoints);
        return endpoints[0] === two.endpoints[0];
      },
    });
    await system(one).version();
    expect(seen).toEqual([]);
    await system(two).version();
    for await (const _ of logs(two).dmesg({})) break;
    await Promise.all([one.close(), two.close()]);
    expect(seen.filter((event) => event.startsWith('started'))).toEqual([
      'started Version',
      'started Dmesg',
    ]);
    expect(seen.at(-1)).toBe('client closed');
    expect(asked).toEqual([one.endpoints, two.endpoints]);
  });

  it('knows a client by its name, also after it was reloaded', async () => {
    const cluster = await startCluster({ transport: 'tls' });
    const options = clientOptions(parseTalosconfig(cluster.talosconfig).context());
    const { seen, subscriber } = noting();
    watch(subscriber, { only: ({ name }) => name === 'mine' });
    const endpoints = () => options.endpoints;
    await using mine = createTalosClient({ ...options, endpoints, name: 'mine' });
    await using other = createTalosClient({ ...options, name: 'other' });
    await system(other).version();
    expect(seen).toEqual([]);
    await system(mine).version();
    await mine.reload();
    await system(mine).version();
    await using sibling = mine.sibling();
    await system(sibling).version();
    expect(seen.filter((event) => event === 'started Version')).toHaveLength(3);
    expect(seen.filter((event) => event === 'connection ready')).toHaveLength(3);
  });

  it('does no harm when a function throws, and warns of it once', async () => {
    const cluster = await startCluster({});
    const fail = () => {
      throw new Error('a mistake');
    };
    watch({ callStarted: fail, attempt: fail });
    const warnings: Error[] = [];
    const note = (warning: Error) => void warnings.push(warning);
    process.on('warning', note);
    onTestFinished(() => void process.off('warning', note));
    const warned = once(process, 'warning');
    const talos = cluster.client();
    await system(talos).version();
    await system(talos).version();
    await warned;
    expect(warnings.map(({ message }) => message)).toEqual(['a mistake']);
  });

  it.each([
    [undefined, undefined, 'subscribe: options: expected an object such as { callEnded(call)'],
    [{ callEnd() {} }, undefined, 'subscribe: callEnd: there is no such option; did you mean'],
    [{ retry: 7 }, undefined, 'subscribe: retry: expected a function'],
    [{}, { only: 'me' }, 'subscribe: only: expected a function'],
  ])('refuses %j and %j', (subscriber, options, problem) => {
    expect(() => subscribe(subscriber as Subscriber, options as never)).toThrow(problem);
  });
});
