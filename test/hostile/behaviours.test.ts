import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { callServerStream, callUnary } from '../../src/runtime/call.js';
import { createTalosClient, type TalosClient } from '../../src/runtime/client.js';
import { plaintext } from '../../src/runtime/credentials/index.js';
import { type AnyTalosError, isTalosError } from '../../src/runtime/errors/any-error.js';
import { collect } from '../../src/runtime/streams/collect.js';
import { startTcp } from '../support/bare-servers.js';
import { memoryInUse } from '../support/memory.js';
import { noteMethod } from '../support/note-methods.js';
import { type RawServer, serveRaw } from '../support/raw-http2.js';
import { type Behaviour, behaviours, good } from './behaviours/index.js';

const read = noteMethod('unary');
const act = noteMethod('unary', { idempotency: 'unsafe' });
const follow = noteMethod('server-stream');

/** A client, and a server that behaves as `now()` says at each moment. */
async function against(now: () => RawServer, run: (talos: TalosClient) => Promise<void>) {
  const server = await startTcp((socket: Socket) =>
    serveRaw(socket, {
      get hello() {
        return now().hello;
      },
      request: (stream, own) => now().request?.(stream, own),
    }),
  );
  const talos = createTalosClient({
    endpoints: [server.address],
    credentials: plaintext(),
    connectTimeoutMs: 500,
    backoff: { firstMs: 1, maxMs: 1 },
    // Long enough to be made again once, and not for seconds.
    retry: { forMs: 50 },
  });
  try {
    await run(talos);
  } finally {
    await talos.close();
    await server.stop();
  }
}

/** The calls of a case: one that reads, one that acts, one that streams. */
function calls(talos: TalosClient, timeoutMs: number): Promise<unknown>[] {
  return [
    callUnary(talos, read, {}, { timeoutMs }),
    callUnary(talos, act, {}, { timeoutMs }),
    collect(callServerStream(talos, follow, {}, { timeoutMs })),
  ];
}

/**
 * What `call` fails with. A timer is set before the call sets its own, and timers fire in order:
 * the call is late only if it really is, however little time the machine has.
 */
async function failure(call: Promise<unknown>, late: Promise<'late'>): Promise<AnyTalosError> {
  const outcome = await Promise.race([
    late,
    call.then(
      () => 'no error',
      (error: unknown) => error,
    ),
  ]);
  if (isTalosError(outcome)) return outcome;
  throw new Error(`expected an error of this library, got ${outcome}`);
}

function after(ms: number): { late: Promise<'late'>; done: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, ms, 'late');
  });
  return { late, done: () => clearTimeout(timer) };
}

/** The deadline of the calls: short where it may be what ends them, else none that is reached. */
function deadline({ ends }: Behaviour): number {
  return ends.includes('deadline-exceeded') ? 150 : 10_000;
}

describe('a server with', () => {
  it.concurrent.for(behaviours)('$name', async (behaviour, { expect }) => {
    let server = behaviour.server;
    await against(
      () => server,
      async (talos) => {
        const timeoutMs = deadline(behaviour);
        const { late, done } = after(timeoutMs + 250);
        const made = calls(talos, timeoutMs);
        const errors = await Promise.all(made.map((call) => failure(call, late)));
        done();
        for (const error of errors) {
          const word = error.code === 'rpc' ? error.status : error.code;
          expect(behaviour.ends, error.message).toContain(word);
          expect(error).toMatchObject({ rpc: expect.stringMatching(/^test\.NoteService/) });
          expect(error.message).not.toMatch(
            /undefined|NaN|\[object|Channel closed|No connection established/,
          );
        }
        // The same client goes on as soon as the server does.
        server = good;
        await expect
          .poll(() => callUnary(talos, read, {}, { timeoutMs: 300 }), { timeout: 20_000 })
          .toEqual({ text: 'a' });
      },
    );
  });
});

describe('what is known of a call that acts on a server with', () => {
  it.concurrent.for(behaviours)('$name', async (behaviour, { expect }) => {
    const { hello, request } = behaviour.server;
    let seen = 0;
    const server: RawServer = {
      hello,
      request: (stream, socket) => {
        seen += 1;
        request?.(stream, socket);
      },
    };
    await against(
      () => server,
      async (talos) => {
        const timeoutMs = deadline(behaviour);
        const { late, done } = after(timeoutMs + 250);
        const error = await failure(callUnary(talos, act, {}, { timeoutMs }), late);
        done();
        if (error.code !== 'rpc') return;
        expect(behaviour.outcomes ?? ['unknown'], error.message).toContain(error.outcome);
        // Nothing of a call may have run that is said not to be sent.
        const refused = /REFUSED_STREAM before|leaves the call out/.test(behaviour.name);
        if (error.outcome === 'not-sent' && !refused) expect(seen).toBe(0);
      },
    );
  });
});

describe('the table', () => {
  it('has each behaviour once', () => {
    expect(new Set(behaviours.map(({ name }) => name)).size).toBe(behaviours.length);
    expect(behaviours.length).toBeGreaterThan(100);
  });
});

describe('a client that meets nothing but bad servers', () => {
  const quick = behaviours.filter((behaviour) => deadline(behaviour) > 1000);

  it('keeps nothing of it', async () => {
    const used = async (): Promise<number> => {
      await new Promise((resolve) => setImmediate(resolve));
      return memoryInUse().heapUsed;
    };
    const sockets = (): number =>
      process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;

    const socketsBefore = sockets();
    let server = good;
    let made = 0;
    await against(
      () => server,
      async (talos) => {
        const rounds = async (count: number): Promise<void> => {
          for (let round = 0; round < count; round += 1) {
            for (const behaviour of quick) {
              server = behaviour.server;
              made += (await Promise.allSettled(calls(talos, 10_000))).length;
            }
          }
        };
        await rounds(3);
        const before = await used();
        made = 0;
        await rounds(12);
        // Warming up takes some memory once: much less than a call that is kept, times as many.
        expect(made).toBeGreaterThan(3000);
        expect((await used()) - before).toBeLessThan(8_000_000);
        // Some of the last ones are still closing.
        await expect.poll(() => sockets() - socketsBefore).toBeLessThan(20);
      },
    );
    await expect.poll(sockets).toBeLessThanOrEqual(socketsBefore);
  });
});
