import { describe, expect, it, onTestFinished } from 'vitest';
import { callUnary } from '../../../src/runtime/call.js';
import {
  type ConnectionMessage,
  type EjectionMessage,
  subscribe,
} from '../../../src/runtime/diagnostics/index.js';
import { type FakeStream, fakeClient } from '../../support/fake-carrier.js';
import { noteMethod } from '../../support/note-methods.js';

const read = noteMethod('unary');
const three = ['10.0.0.2', '10.0.0.3', '10.0.0.4'];
const [first, second] = three.map((host) => `${host}:50000`);

/** A client whose endpoints answer everything, but those that a test makes sick. */
function pool(endpoints = three) {
  const events: string[] = [];
  const times: number[] = [];
  const ejection = (message: EjectionMessage) => {
    events.push(`${message.endpoint} ${message.state}`);
    if (message.state === 'ejected') times.push(Math.round(message.forMs));
  };
  const client = fakeClient({ endpoints });
  const watching = subscribe({ ejection }, { only: ({ name }) => name === client.name });
  onTestFinished(() => watching.stop());
  const { carrier, talos, clock } = client;
  const mute = new Set<string | undefined>();
  const isProbe = ({ headers }: FakeStream) => headers.path.endsWith('/Version');
  carrier.onStream = (stream) =>
    queueMicrotask(() => {
      if (!mute.has(stream.endpoint)) stream.answer(stream.endpoint);
    });
  /** Where `count` calls go, one after the other. */
  const calls = async (count: number) => {
    const seen: string[] = [];
    for (let call = 0; call < count; call += 1) {
      let text: string | undefined;
      const reply = callUnary(talos, read, {}, { timeoutMs: 1000 }).then((note) => {
        text = note.text;
      });
      await clock.advance(0);
      if (text === undefined) await clock.advance(500);
      await reply;
      seen.push(text as string);
    }
    return seen;
  };
  return { ...client, events, times, mute, isProbe, calls };
}

/** Loses all connections to an endpoint, which refuses new ones. */
function kill({ carrier }: ReturnType<typeof pool>, endpoint: string | undefined): void {
  carrier.refusing.add(endpoint as string);
  for (const connection of carrier.connections) {
    if (connection.endpoint.address === endpoint) connection.retire();
  }
}

describe('an endpoint that refuses three connections in a row', () => {
  it('is left out for one second, for longer each time, and is back when it answers', async () => {
    const sick = pool();
    const { carrier, clock, events, times, calls } = sick;
    await calls(6);
    kill(sick, first);
    while (events.length === 0) {
      await calls(1);
      await clock.advance(400);
    }
    expect(events).toEqual([`${first} ejected`]);
    const dials = () =>
      carrier.connections.filter(({ endpoint }) => endpoint.address === first).length;
    const before = dials();
    expect(await calls(4)).not.toContain(first);
    expect(dials()).toBe(before);
    for (let round = 0; round < 6; round += 1) {
      await clock.advance(40_000);
      await calls(1);
    }
    expect(times).toEqual([1200, 2400, 4800, 9600, 19_200, 36_000, 36_000]);
    carrier.refusing.clear();
    await clock.advance(40_000);
    await calls(2);
    expect(events.slice(-2)).toEqual([`${first} probing`, `${first} readmitted`]);
    expect(await calls(3)).toContain(first);
  });

  it('is asked again when its connection goes away while it is asked', async () => {
    const sick = pool();
    const { carrier, clock, events, mute, calls, isProbe } = sick;
    await calls(6);
    kill(sick, first);
    while (events.length === 0) {
      await calls(1);
      await clock.advance(400);
    }
    carrier.refusing.clear();
    mute.add(first);
    await clock.advance(2000);
    await calls(1);
    const probe = carrier.streams.findLast(isProbe);
    expect(probe?.endpoint).toBe(first);
    probe?.connection.retire();
    // What it says now is said on a connection that takes no calls.
    probe?.answer();
    mute.clear();
    expect(await calls(3)).not.toContain(first);
    await clock.advance(40_000);
    await calls(2);
    expect(events.slice(-2)).toEqual([`${first} probing`, `${first} readmitted`]);
    expect(await calls(3)).toContain(first);
  });

  it('is not left out when it is the last one', async () => {
    const sick = pool(three.slice(0, 2));
    const { carrier, clock, events, talos } = sick;
    await sick.calls(4);
    kill(sick, first);
    kill(sick, second);
    for (let round = 0; round < 10; round += 1) {
      callUnary(talos, read, {}).catch(() => {});
      await clock.advance(6000);
    }
    const out = new Set(events.filter((event) => event.endsWith('ejected')));
    expect(out.size).toBe(1);
    // With no other left, those that are left out are asked as well.
    carrier.refusing.delete(
      [...out][0]?.startsWith(first as string) ? (first as string) : (second as string),
    );
    const reply = callUnary(talos, read, {});
    await clock.advance(6000);
    expect((await reply).text).toMatch(/^10\.0\.0\.[23]:50000$/);
  });
});

describe('an endpoint that takes calls and stays silent', () => {
  it('is left out once it does not answer a question for its version either', async () => {
    const { carrier, clock, events, mute, calls, isProbe } = pool();
    await calls(6);
    mute.add(first);
    expect(await calls(3)).not.toContain(first);
    await clock.advance(2000);
    expect(carrier.streams.filter(isProbe).map(({ endpoint }) => endpoint)).toEqual([first]);
    expect(events).toEqual([`${first} ejected`]);
    expect(await calls(6)).not.toContain(first);
    mute.clear();
    await clock.advance(2000);
    await calls(2);
    expect(events.at(-1)).toBe(`${first} readmitted`);
  });

  it('stays in while it answers that: then the node is silent', async () => {
    const { carrier, clock, events, calls, isProbe } = pool();
    await calls(6);
    let silent = 1;
    carrier.onStream = (stream) =>
      queueMicrotask(() => {
        if (isProbe(stream) || silent === 0) stream.answer(stream.endpoint);
        else silent -= 1;
      });
    await calls(1);
    await clock.advance(5000);
    expect(carrier.streams.filter(isProbe)).toHaveLength(1);
    expect(events).toEqual([]);
  });

  it('is left out for longer when the probe is not answered', async () => {
    const { clock, events, times, mute, calls, name } = pool();
    await calls(6);
    const connections: string[] = [];
    const connection = ({ id, state, endpoint }: ConnectionMessage) => {
      if (endpoint === first) connections.push(`${id} ${state}`);
    };
    const watching = subscribe({ connection }, { only: (client) => client.name === name });
    onTestFinished(() => watching.stop());
    mute.add(first);
    await calls(3);
    await clock.advance(2000);
    await clock.advance(1500);
    await calls(1);
    await clock.advance(2000);
    expect(events).toEqual([`${first} ejected`, `${first} probing`, `${first} ejected`]);
    // Nothing more comes of the connection on which the probe was made.
    const probed = connections.filter((event) => event.endsWith('connecting'));
    expect(probed).toHaveLength(1);
    expect(connections.at(-1)).toBe(probed[0]?.replace('connecting', 'failed'));
    expect(times).toEqual([1200, 2400]);
  });
});

it('a node that is down never counts against the endpoint that says so', async () => {
  const { talos, carrier, clock, events } = pool();
  carrier.onStream = (stream) => queueMicrotask(() => stream.fail('unavailable'));
  for (let call = 0; call < 20; call += 1) {
    callUnary(talos.node('10.0.0.9'), read, {}).catch(() => {});
    await clock.advance(4000);
  }
  expect(events).toEqual([]);
});
