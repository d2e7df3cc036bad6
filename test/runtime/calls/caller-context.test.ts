import { AsyncLocalStorage } from 'node:async_hooks';
import { afterEach, beforeAll, expect, it } from 'vitest';
import {
  callClientStream,
  callDuplex,
  callServerStream,
  callUnary,
} from '../../../src/runtime/call.js';
import { createTalosClient } from '../../../src/runtime/client.js';
import { collect } from '../../../src/runtime/streams/collect.js';
import { cleanUp } from '../../support/lifecycle.js';
import { noteMethod } from '../../support/note-methods.js';
import { createTrust, startNoteServer, type Trust } from '../../support/note-server.js';

// Calls that wait for one connection are all told by whatever began to connect. The code of their
// callers must not notice: logs and traces hang on the context.
const context = new AsyncLocalStorage<string>();
const later = cleanUp(afterEach);
let trust: Trust;

beforeAll(async () => {
  trust = await createTrust();
});

async function client() {
  const server = await startNoteServer(trust, {
    upload(call, reply) {
      call.on('data', () => {}).on('end', () => reply(null, { text: 'done' }));
    },
  });
  later(() => server.stop());
  const talos = createTalosClient({
    endpoints: [server.address],
    credentials: trust.credentials,
  });
  later(() => talos.close());
  return talos;
}

/** Two requests, which note where they were asked for, and that they were left. */
async function* requests(seen: (string | undefined)[]) {
  try {
    seen.push(context.getStore());
    yield { text: 'a' };
    seen.push(context.getStore());
    yield { text: 'b' };
  } finally {
    seen.push(context.getStore());
  }
}

const callers = ['first', 'second'];

it('the requests of an iterable are asked for in the context of their call', async () => {
  const talos = await client();
  const seen: Record<string, (string | undefined)[]> = { first: [], second: [] };
  const upload = noteMethod('client-stream');
  await Promise.all(
    callers.map((name) =>
      context.run(name, () => callClientStream(talos, upload, requests(seen[name] ?? []))),
    ),
  );
  expect(seen).toEqual({
    first: ['first', 'first', 'first'],
    second: ['second', 'second', 'second'],
  });
});

it('so are those of a duplex call that is ended early', async () => {
  const talos = await client();
  const seen: Record<string, (string | undefined)[]> = { first: [], second: [] };
  await Promise.all(
    callers.map((name) =>
      context.run(name, async () => {
        for await (const _ of callDuplex(talos, noteMethod('duplex'), requests(seen[name] ?? []))) {
          return;
        }
      }),
    ),
  );
  for (const name of callers) expect(new Set(seen[name])).toEqual(new Set([name]));
});

it('the body of a loop over a stream, and what follows it, stay in their context', async () => {
  const talos = await client();
  const seen: (string | undefined)[] = [];
  await Promise.all(
    callers.map((name) =>
      context.run(name, async () => {
        for await (const _ of callServerStream(talos, noteMethod('server-stream'), { text: 'x' })) {
          seen.push(context.getStore());
        }
        seen.push(context.getStore());
      }),
    ),
  );
  expect(seen.sort()).toEqual(['first', 'first', 'second', 'second']);
});

it('headers and trailers are told in the context of their call', async () => {
  const talos = await client();
  const seen: (string | undefined)[] = [];
  const note = () => {
    seen.push(context.getStore());
  };
  const options = { onHeaders: note, onTrailers: note };
  await Promise.all(
    callers.flatMap((name) =>
      context.run(name, () => [
        callUnary(talos, noteMethod('unary'), { text: name }, options),
        collect(callServerStream(talos, noteMethod('server-stream'), { text: name }, options)),
      ]),
    ),
  );
  expect(seen.sort()).toEqual([...Array(4).fill('first'), ...Array(4).fill('second')]);
});
