import { expect, it } from 'vitest';
import {
  clientOptions,
  findTalosconfig,
  loadTalosconfig,
  parseTalosconfig,
  readTalosconfig,
  saveTalosconfig,
} from '../../src/talosconfig/index.js';

// What a program in JavaScript may pass, which no type has looked at.

// biome-ignore lint/suspicious/noExplicitAny: as JavaScript passes it.
type Anything = any;

const empty = parseTalosconfig('');
const one = empty.withContext('one', { endpoints: ['10.0.0.2'] });
const text = 'options: expected an object such as { path: … }, got a string';

it.each([
  ['loadTalosconfig', () => loadTalosconfig('file' as Anything), `loadTalosconfig: ${text}`],
  [
    'loadTalosconfig',
    () => loadTalosconfig({ contxt: 'prod' } as Anything),
    'loadTalosconfig: contxt: there is no such option; did you mean context?',
  ],
  [
    'loadTalosconfig',
    () => loadTalosconfig({ path: 5 } as Anything),
    'loadTalosconfig: path: expected a string, got 5',
  ],
  [
    'loadTalosconfig',
    () => loadTalosconfig({ env: 'TALOSCONFIG=x' } as Anything),
    'loadTalosconfig: env: expected an object, got a string',
  ],
  ['readTalosconfig', () => readTalosconfig('file' as Anything), `readTalosconfig: ${text}`],
  [
    'readTalosconfig',
    () => readTalosconfig({ context: 'prod' } as Anything),
    'readTalosconfig: context: there is no such option; there are path, env',
  ],
  ['findTalosconfig', () => findTalosconfig('file' as Anything), `findTalosconfig: ${text}`],
  ['parseTalosconfig', () => parseTalosconfig('', 'file' as Anything), `parseTalosconfig: ${text}`],
  ['saveTalosconfig', () => saveTalosconfig(one, 'file' as Anything), `saveTalosconfig: ${text}`],
  [
    'saveTalosconfig',
    () => saveTalosconfig('file' as Anything),
    'config: expected a talosconfig as readTalosconfig gives it, got a string',
  ],
  [
    'saveTalosconfig',
    () => saveTalosconfig(Promise.resolve(one) as Anything),
    'config: expected a talosconfig as readTalosconfig gives it, got a Promise',
  ],
  [
    'clientOptions',
    () => clientOptions(one.context('one'), { credential: {} } as Anything),
    'clientOptions: credential: there is no such option; did you mean credentials?',
  ],
  [
    'withContext',
    () => empty.withContext('a', { endpoints: ['a'], cert: 'hunter2' } as Anything),
    'withContext: cert: there is no such option; did you mean crt?',
  ],
  [
    'withContext',
    () => empty.withContext('a', undefined as Anything),
    'withContext: options: expected an object such as { endpoints, ca, crt, key }, got undefined',
  ],
  [
    'withUpdatedContext',
    () => one.withUpdatedContext('one', { endpoint: ['a'] } as Anything),
    'withUpdatedContext: endpoint: there is no such option; did you mean endpoints?',
  ],
] as const)('%s refuses options that cannot work: %#', async (_, call, message) => {
  const error = await Promise.resolve()
    .then(call as () => unknown)
    .then(
      () => new Error('was not refused'),
      (reason: unknown) => reason,
    );
  expect(error).toMatchObject({ name: 'TalosConfigError', code: 'config', message });
});
