import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, it } from 'vitest';
import { etcd, etcdMethods } from '../../generated/features/etcd.js';
import { decodeEtcdStatus } from '../../generated/messages/etcd.js';
import { type Authority, createAuthority, type Issued } from '../../src/pki/index.js';
import { callUnary } from '../../src/runtime/call.js';
import { createTalosClient } from '../../src/runtime/client.js';
import { fromBytes, toBytes } from '../../src/runtime/codec.js';
import { mtls } from '../../src/runtime/credentials/index.js';
import { isBytes } from '../../src/runtime/protobuf/bytes.js';
import { type Reader, readBytes } from '../../src/runtime/protobuf/reader.js';
import { writeBytes } from '../../src/runtime/protobuf/writer.js';
import { collectBytes, text } from '../../src/runtime/streams/collect.js';
import { lines } from '../../src/runtime/streams/lines.js';
import { toNodeStream } from '../../src/runtime/streams/platform.js';
import { toJson } from '../../src/runtime/to-json.js';
import { parseTalosconfig } from '../../src/talosconfig/index.js';
import { FakeTransport, readMethod, streamOf } from '../support/fake-transport.js';
import { collected, startCluster, transports } from '../testkit/support.js';

/** The bytes as a `Uint8Array` of another realm, as code in `node:vm` and in jsdom has them. */
function foreign(bytes: Uint8Array | string): Uint8Array {
  const made: Uint8Array = runInNewContext('Uint8Array.from(list)', {
    list: [...Buffer.from(bytes)],
  });
  expect(made).not.toBeInstanceOf(Uint8Array);
  return made;
}

const impostors: [string, unknown][] = [
  ['text', 'ab'],
  ['a list of numbers', [1, 2]],
  ['an ArrayBuffer', new ArrayBuffer(2)],
  ['a DataView', new DataView(new ArrayBuffer(2))],
  ['an array of 16-bit numbers', new Uint16Array(2)],
  ['what only says that it is one', { length: 2, [Symbol.toStringTag]: 'Uint8Array' }],
  ['null', null],
  ['nothing', undefined],
];

describe('bytes of another realm', () => {
  it('are bytes, as those of this one and buffers', () => {
    for (const bytes of [foreign('ab'), new Uint8Array(2), Buffer.from('ab')]) {
      expect(isBytes(bytes)).toBe(true);
    }
  });

  it.each(impostors)('but %s is not', (_, value) => {
    expect(isBytes(value)).toBe(false);
    expect(() =>
      toBytes((writer, bad: never) => writeBytes(writer, 10, bad, 'data'), value as never),
    ).toThrow(expect.objectContaining({ code: 'config', field: 'data' }));
    expect(() => fromBytes(decodeEtcdStatus, value as never)).toThrow(
      expect.objectContaining({ code: 'config', field: 'bytes' }),
    );
  });

  it('are encoded, decoded and shown as JSON', () => {
    const encoded = toBytes(
      (writer, bytes: Uint8Array) => writeBytes(writer, 10, bytes, 'data'),
      foreign('ab'),
    );
    expect(Buffer.from(encoded)).toEqual(Buffer.from([0x0a, 2, 0x61, 0x62]));
    const back = fromBytes((reader: Reader) => {
      reader.pos = 1;
      return readBytes(reader, 10);
    }, foreign(encoded));
    expect(Buffer.from(back)).toEqual(Buffer.from('ab'));
    expect(toJson({ data: foreign('ab') })).toEqual({ data: 'YWI=' });
  });

  it('travel as metadata', async () => {
    const transport = new FakeTransport();
    const talos = createTalosClient({ transport });
    await callUnary(talos, readMethod, {}, { metadata: { 'a-bin': foreign('ab') } });
    expect(transport.calls).toHaveLength(1);
  });

  it('are read as a stream', async () => {
    const source = () => streamOf([foreign('a€'.slice(0, 1)), foreign('b\nc')]).stream;
    expect(await text(source())).toBe('ab\nc');
    expect(Buffer.from(await collectBytes(source())).toString()).toBe('ab\nc');
    expect(await collected(lines(source()))).toEqual(['ab', 'c']);
    expect(Buffer.concat(await toNodeStream(source()).toArray()).toString()).toBe('ab\nc');
  });

  describe('hold certificates and keys', () => {
    let authority: Authority;
    let issued: Issued;
    beforeAll(async () => {
      authority = createAuthority();
      issued = authority.issueClient({ roles: ['os:admin'] });
    });

    it('of credentials', () => {
      const { certificate } = mtls({
        ca: foreign(authority.cert),
        cert: foreign(issued.cert),
        key: foreign(issued.key),
      });
      expect(certificate?.roles).toEqual(['os:admin']);
    });

    it('of a talosconfig', () => {
      const config = parseTalosconfig('context: a\ncontexts: {a: {}}\n').withUpdatedContext('a', {
        ca: foreign(authority.cert),
      });
      expect(config.toYaml()).toContain(Buffer.from(authority.cert).toString('base64'));
    });
  });
});

it.each(transports)('an upload of them arrives over %s', async (transport) => {
  const cluster = await startCluster({ transport });
  const node = cluster.node('cp-1');
  const seen: Uint8Array[] = [];
  node.on(etcdMethods.recover, async (_, chunks) => {
    for await (const chunk of chunks) seen.push(chunk);
  });
  await etcd(cluster.client().node(node.address)).recover([foreign('ab'), foreign('c')]);
  expect(Buffer.concat(seen).toString()).toBe('abc');
});
