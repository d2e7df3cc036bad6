import { status } from '@grpc/grpc-js';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { callServerStream, callUnary } from '../../../src/runtime/call.js';
import { createTalosClient, type TalosClient } from '../../../src/runtime/client.js';
import { noteMethod } from '../../support/note-methods.js';
import {
  createTrust,
  type NoteHandlers,
  startNoteServer,
  type Trust,
} from '../../support/note-server.js';

let trust: Trust;
beforeAll(async () => {
  trust = await createTrust();
});

describe('smoke', () => {
  it('unary and stream', async () => {
    const server = await startNoteServer(trust);
    const talos = createTalosClient({
      endpoints: [server.address],
      credentials: trust.credentials,
    });
    expect(await callUnary(talos, noteMethod('unary'), { text: 'hello' })).toEqual({
      text: 'hello',
    });
    const got = [];
    for await (const note of callServerStream(talos, noteMethod('server-stream'), { text: 'x' }))
      got.push(note);
    expect(got).toEqual([{ text: 'x' }]);
    await talos.close();
    server.stop();
  });
});
