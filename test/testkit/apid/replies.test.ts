import { describe, expect, it } from 'vitest';
import { decodeMetadata } from '../../../generated/messages/shared.js';
import { decodeHostnameResponse } from '../../../generated/messages/system.js';
import { fromBytes, toBytes } from '../../../src/runtime/codec.js';
import { failedReply, withHostname } from '../../../testkit/src/apid/metadata.js';
import { mixed } from '../../../testkit/src/apid/mixed.js';
import { Tee } from '../../../testkit/src/apid/tee.js';
import { codecOf, methodAt } from '../../../testkit/src/base/calls/methods.js';
import { ServerStatus } from '../../../testkit/src/base/calls/status.js';

function hostnameReply(hostname: string): Uint8Array {
  const method = methodAt('/machine.MachineService/Hostname');
  if (method === undefined) throw new Error('there is no Hostname');
  return toBytes(codecOf(method).encodeReply, { messages: [{ hostname }] });
}

// Talos: how apid marks replies when it fans a call out.
describe('replies of a fan-out', () => {
  it('have the name of the node appended to the one entry of a list', () => {
    const reply = withHostname(hostnameReply('cp-1'), 'list', '10.5.0.2');
    expect(fromBytes(decodeHostnameResponse, reply).messages).toEqual([
      { metadata: { hostname: '10.5.0.2', error: '', status: undefined }, hostname: 'cp-1' },
    ]);
  });

  it('keep that for entries longer than 127 bytes', () => {
    const long = 'x'.repeat(40_000);
    const reply = withHostname(hostnameReply(long), 'list', '10.5.0.2');
    expect(fromBytes(decodeHostnameResponse, reply).messages).toMatchObject([
      { metadata: { hostname: '10.5.0.2' }, hostname: long },
    ]);
  });

  it('make a longer list when their bytes are joined', () => {
    const joined = Buffer.concat([
      withHostname(hostnameReply('cp-1'), 'list', '10.5.0.2'),
      failedReply(new ServerStatus('unavailable', 'no route'), 'list', '10.5.0.3'),
    ]);
    const { messages } = fromBytes(decodeHostnameResponse, joined);
    expect(messages.map((entry) => entry.metadata?.hostname)).toEqual(['10.5.0.2', '10.5.0.3']);
    expect(messages[1]?.metadata).toEqual({
      hostname: '10.5.0.3',
      error: 'rpc error: code = Unavailable desc = no route',
      status: { code: 14, message: 'no route', details: [] },
    });
  });

  it('carry it in the message itself when they are streamed', () => {
    const bytes = withHostname(new Uint8Array(), 'message', '10.5.0.2');
    // Field 1 of the message is its metadata: a tag byte, a length byte, then the message.
    expect(fromBytes(decodeMetadata, bytes.subarray(2)).hostname).toBe('10.5.0.2');
  });
});

describe('mixed streams', () => {
  it('give items as they arrive and end with the last', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    async function* slow() {
      await gate;
      yield 'slow';
    }
    async function* fast() {
      yield 'fast 1';
      yield 'fast 2';
      release();
    }
    const items: string[] = [];
    for await (const item of mixed([slow(), fast()])) items.push(item);
    expect(items).toEqual(['fast 1', 'fast 2', 'slow']);
  });

  it('leave every source when the reader leaves', async () => {
    const left: string[] = [];
    async function* endless(name: string) {
      try {
        for (;;) yield name;
      } finally {
        left.push(name);
      }
    }
    for await (const _ of mixed([endless('a'), endless('b')])) break;
    await new Promise((resolve) => setImmediate(resolve));
    expect(left.sort()).toEqual(['a', 'b']);
  });

  it('end with the first failure', async () => {
    async function* fails(): AsyncGenerator<string> {
      yield 'once';
      throw new Error('broken');
    }
    const read = async () => {
      for await (const _ of mixed([fails()])) {
        // The failure comes after the item.
      }
    };
    await expect(read()).rejects.toThrow('broken');
  });
});

describe('a teed request stream', () => {
  async function* numbers() {
    yield 1;
    yield 2;
    yield 3;
  }

  async function collected<T>(source: AsyncIterable<T>): Promise<T[]> {
    const items: T[] = [];
    for await (const item of source) items.push(item);
    return items;
  }

  it('gives every reader all items', async () => {
    const tee = new Tee(numbers(), 3);
    const readers = [0, 1, 2].map((reader) => collected(tee.branch(reader)));
    expect(await Promise.all(readers)).toEqual([
      [1, 2, 3],
      [1, 2, 3],
      [1, 2, 3],
    ]);
  });

  it('goes on for the others when one leaves, and leaves the source with the last', async () => {
    let left = false;
    async function* source() {
      try {
        for (;;) yield 'item';
      } finally {
        left = true;
      }
    }
    const tee = new Tee(source(), 2);
    for await (const _ of tee.branch(0)) break;
    expect(left).toBe(false);
    for await (const _ of tee.branch(1)) break;
    expect(left).toBe(true);
  });

  it('passes a failure to every reader', async () => {
    async function* source(): AsyncGenerator<number> {
      yield 1;
      throw new Error('caller went away');
    }
    const tee = new Tee(source(), 2);
    await expect(collected(tee.branch(0))).rejects.toThrow('caller went away');
    await expect(collected(tee.branch(1))).rejects.toThrow('caller went away');
  });
});
