import type { ClientHttp2Session } from 'node:http2';
import { describe, expect, it } from 'vitest';
import {
  type GrpcCall,
  hasStream,
  http2Call,
} from '../../../../src/runtime/carriers/grpc-js/http2-call.js';
import { Question } from '../../../../src/runtime/carriers/grpc-js/question.js';

const wire = (parts: object) => parts as GrpcCall;
const attempt = (child: unknown) => ({ call: { child } });

describe('whether a call may have left', () => {
  it.each([
    ['its name is not resolved', { child: null }, false],
    ['there is no attempt', { child: { underlyingCalls: [] } }, false],
    ['no attempt has a stream', { child: { underlyingCalls: [attempt(null)] } }, false],
    ['an attempt has a stream', { child: { underlyingCalls: [attempt({})] } }, true],
    [
      'an attempt had one before',
      { child: { underlyingCalls: [attempt({}), attempt(null)] } },
      true,
    ],
    // Another grpc-js: nobody knows.
    ['the layers are others', {}, true],
    ['the layers below are others', { child: {} }, true],
    ['the attempts are others', { child: { underlyingCalls: [{}] } }, true],
  ])('%s', (_, parts, expected) => {
    expect(hasStream(wire(parts))).toBe(expected);
  });

  it('has no stream where the layers are others', () => {
    expect(http2Call(wire({}))).toBeUndefined();
    expect(http2Call(wire({ child: { underlyingCalls: [attempt({})] } }))).toBeUndefined();
  });
});

describe('a question', () => {
  const asked = (session: object | undefined) =>
    new Promise<boolean>((resolve) => {
      new Question().ask(session as ClientHttp2Session | undefined, resolve);
    });

  it('goes unanswered where there is nobody to ask', async () => {
    expect(await asked(undefined)).toBe(false);
    expect(await asked({ closed: true })).toBe(false);
    expect(await asked({ ping: () => false })).toBe(false);
    expect(
      await asked({
        ping: () => {
          throw new Error('gone');
        },
      }),
    ).toBe(false);
  });

  it('is answered by an acknowledgement, and not by an error', async () => {
    const pinging = (error: Error | null) => ({
      ping: (told: (error: Error | null) => void) => {
        told(error);
        return true;
      },
    });
    expect(await asked(pinging(null))).toBe(true);
    expect(await asked(pinging(new Error('cancelled')))).toBe(false);
  });

  it('that goes unanswered is over after a while', async () => {
    expect(await asked({ ping: () => true })).toBe(false);
  });
});
