import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { configuration, configurationMethods } from '../../../generated/features/configuration.js';
import { system } from '../../../generated/features/system.js';
import { createTalosClient } from '../../../src/runtime/client.js';
import { basicAuth } from '../../../src/runtime/credentials/index.js';
import { Recorder } from '../../support/diagnostics.js';
import { failure, startCluster } from '../../testkit/support.js';

const secret = 'hunter2-5f1d';

/** All that is in a value, getters and hidden properties too. */
function contentOf(value: unknown): string {
  const shown = inspect(value, {
    depth: 20,
    showHidden: true,
    getters: true,
    maxArrayLength: null,
  });
  return `${shown}\n${JSON.stringify(value)}`;
}

const all = () =>
  new Recorder(
    'client',
    'call',
    'attempt',
    'retry',
    'connection',
    'ejection',
    'certificate',
    'breaker',
  );

describe('no message has', () => {
  it('metadata, nor the data of requests', async () => {
    const cluster = await startCluster({});
    const node = cluster.node('cp-1');
    node.on(configurationMethods.apply, () => ({ mode: 'NO_REBOOT' }) as never);
    node.drop(configurationMethods.apply, { when: 'before', times: 1 });
    const recorder = all();
    const talos = cluster.client();
    const data = new TextEncoder().encode(`machine:\n  token: ${secret}\n`);
    const options = {
      metadata: { 'x-token': secret, 'x-key-bin': new TextEncoder().encode(secret) },
    };
    const apply = () => configuration(talos).apply({ data, mode: 'NO_REBOOT' }, options);
    await failure(apply());
    await apply();
    await talos.close();
    expect(recorder.events).toEqual(expect.arrayContaining(['client', 'asyncEnd', 'connection']));
    for (const { message, copy } of recorder.seen) {
      expect(contentOf(message)).not.toContain(secret);
      expect(contentOf(copy)).not.toContain(secret);
      // Bytes are shown as numbers.
      expect(contentOf(message)).not.toContain(inspect(data).slice(15, 60));
    }
  });

  it('what a node says of a request, but for the error that the caller gets', async () => {
    const cluster = await startCluster({});
    cluster.node('cp-1').fail(configurationMethods.apply, 'invalid-argument', {
      message: `unknown keys: ${secret}`,
    });
    const recorder = all();
    const request = { data: new Uint8Array(1), mode: 'NO_REBOOT' } as const;
    const error = await failure(configuration(cluster.client()).apply(request));
    expect(error.message).toContain(secret);
    for (const { copy } of recorder.seen) {
      const told = { ...(copy as object), error: undefined, call: undefined };
      expect(contentOf(told)).not.toContain(secret);
    }
  });

  it('passwords and keys of credentials', async () => {
    const recorder = all();
    const talos = createTalosClient({
      endpoints: ['127.0.0.1:1'],
      credentials: basicAuth({ username: 'me', password: secret }),
    });
    await failure(system(talos).version({}, { timeoutMs: 2000 }));
    await talos.close();
    expect(recorder.events).toContain('connection');
    const password = Buffer.from(`me:${secret}`).toString('base64');
    for (const { message, copy } of recorder.seen) {
      for (const text of [secret, password]) {
        expect(contentOf(message)).not.toContain(text);
        expect(contentOf(copy)).not.toContain(text);
      }
    }
  });
});
