import { describe, expect, it } from 'vitest';
import type {
  DecoderModel,
  EncoderModel,
  FeatureFile,
  InterfaceModel,
  MessagesFile,
  MethodModel,
} from '../../codegen/model.js';
import type { MethodRow } from '../../codegen/table.js';
import { modelsOf, readRow, sample, tableOf } from './support.js';

/** The files of a tree with one RPC `Get` from `Request` to `Reply`. */
function filesOf(body: string, row: MethodRow = readRow, rpc = '(Request) returns (Reply)') {
  const files = sample(`${body}\nservice Service { rpc Get${rpc}; }`);
  return modelsOf(files, tableOf({ Get: row }, { aggregating: ['sample.Service'] })).files;
}

function messagesFile(body: string): MessagesFile {
  const file = filesOf(`${body}\nmessage Request {}`).find(
    ({ path }) => path === 'messages/sample.ts',
  );
  if (file?.template !== 'messages') throw new Error('no messages');
  return file;
}

function replyOf(body: string) {
  const { declarations } = messagesFile(body);
  const find = <T>(kind: string, name: string) =>
    declarations.find((each) => each.kind === kind && each.name === name) as T;
  const server = filesOf(`${body}\nmessage Request {}`).find(
    ({ path }) => path === 'server/sample.ts',
  ) as MessagesFile;
  return {
    interface: find<InterfaceModel>('interface', 'Reply'),
    decoder: find<DecoderModel>('decoder', 'decodeReply'),
    encoder: server.declarations.find(({ name }) => name === 'encodeReply') as EncoderModel,
  };
}

function methodOf(body: string, row: MethodRow = readRow, rpc?: string): MethodModel {
  const file = filesOf(body, row, rpc).find(({ path }) => path === 'features/sample.ts');
  const [method] = (file as FeatureFile).methods;
  if (method === undefined) throw new Error('no method');
  return method;
}

describe('a field', () => {
  it.each([
    ['double', 'number', '0', 'readDouble', 9],
    ['float', 'number', '0', 'readFloat', 13],
    ['int32', 'number', '0', 'readInt32', 8],
    ['int64', 'bigint', '0n', 'readInt64', 8],
    ['uint32', 'number', '0', 'readUint32', 8],
    ['uint64', 'bigint', '0n', 'readUint64', 8],
    ['sint32', 'number', '0', 'readSint32', 8],
    ['sint64', 'bigint', '0n', 'readSint64', 8],
    ['fixed32', 'number', '0', 'readFixed32', 13],
    ['fixed64', 'bigint', '0n', 'readFixed64', 9],
    ['sfixed32', 'number', '0', 'readSfixed32', 13],
    ['sfixed64', 'bigint', '0n', 'readSfixed64', 9],
    ['bool', 'boolean', 'false', 'readBool', 8],
    ['string', 'string', "''", 'readString', 10],
    ['bytes', 'Uint8Array', 'emptyBytes', 'readBytes', 10],
  ])('of %s is a %s that starts as %s', (type, written, initial, read, tag) => {
    const reply = replyOf(`message Reply { ${type} some_value = 1; }`);
    expect(reply.interface.members).toMatchObject([{ name: 'someValue', type: written }]);
    expect(reply.decoder.initial).toStrictEqual([{ name: 'someValue', value: initial }]);
    expect(reply.decoder.fields).toMatchObject([
      { kind: 'assign', number: 1, value: `${read}(reader, tag)` },
    ]);
    expect(reply.encoder.fields).toMatchObject([{ kind: 'run', tag }]);
  });

  it('with presence may be undefined, and is written whenever it is set', () => {
    const {
      interface: type,
      decoder,
      encoder,
    } = replyOf('message Reply { optional int32 a = 1; }');
    expect(type.members[0]?.type).toBe('number | undefined');
    expect(decoder.initial[0]?.value).toBe('undefined');
    expect(encoder.fields[0]?.condition).toBe('message.a !== undefined');
  });

  it.each([
    ['string', "message.a !== undefined && message.a !== ''"],
    ['uint64', 'message.a !== undefined && message.a !== 0n'],
    ['bool', 'message.a !== undefined && message.a !== false'],
    ['int32', 'message.a !== undefined && message.a !== 0'],
    ['double', 'message.a !== undefined && !Object.is(message.a, 0)'],
    ['bytes', 'message.a !== undefined && !isEmptyBytes(message.a)'],
    ['Reply', 'message.a !== undefined'],
  ])('of %s without presence is written if %s', (type, condition) => {
    const { encoder } = replyOf(`message Reply { ${type} a = 1; }`);
    expect(encoder.fields[0]?.condition).toBe(condition);
  });

  it('that is repeated is packed unless the proto says otherwise', () => {
    const { decoder, encoder } = replyOf(
      'message Reply { repeated int32 a = 1; repeated int32 b = 2 [packed = false]; repeated string c = 3; }',
    );
    expect(decoder.fields.map(({ kind }) => kind)).toStrictEqual(['run', 'run', 'push']);
    expect(encoder.fields.map(({ kind, tag }) => [kind, tag])).toStrictEqual([
      ['list', 26],
      ['list', 16],
      ['packed', 10],
    ]);
  });

  it('of a map is a record, whatever its keys are', () => {
    const { interface: type, decoder } = replyOf(
      'message Reply { map<bool, int64> a = 1; map<uint64, Reply> b = 2; }',
    );
    expect(type.members.map((member) => member.type)).toStrictEqual([
      'Record<string, bigint>',
      'Record<string, Reply>',
    ]);
    expect(decoder.fields[0]?.value).toBe(
      "readEntry(reader, tag, message.a, readBool, 'false', readInt64, 0n)",
    );
  });

  it('of a oneof is a case of it', () => {
    const { interface: type, decoder } = replyOf(
      'message Reply { oneof one { string a_b = 1; Reply c = 2; } string d = 3; }',
    );
    expect(type.members.map(({ name }) => name)).toStrictEqual(['one', 'd']);
    expect(type.members[0]?.type).toBe(
      "{ case: 'aB'; value: string } | { case: 'c'; value: Reply } | { case: undefined; value?: undefined }",
    );
    expect(decoder.initial.map(({ name }) => name)).toStrictEqual(['one', 'd']);
    expect(decoder.fields[1]).toMatchObject({ kind: 'choose', name: 'one', literal: "'c'" });
  });

  it('is written by falling number, whatever order the proto has', () => {
    const { encoder } = replyOf(
      'message Reply { int32 a = 5; oneof o { int32 b = 9; int32 c = 1; } int32 d = 7; }',
    );
    expect(encoder.fields.map(({ tag }) => tag / 8)).toStrictEqual([9, 7, 5, 1]);
  });
});

describe('an enum', () => {
  it('reads as its first name where two share a number, and is written by any', () => {
    const { declarations } = messagesFile(`
      enum Kind { option allow_alias = true; A = 0; B = 0; C = -1; }
      message Reply { Kind kind = 1; }
    `);
    expect(declarations.find(({ kind }) => kind === 'enum')).toMatchObject({
      union: "'A' | 'B' | 'C'",
    });
    expect(declarations.find(({ kind }) => kind === 'enumDecoder')).toMatchObject({
      values: [
        { number: 0, literal: "'A'" },
        { number: -1, literal: "'C'" },
      ],
    });
  });
});

const metadata = 'message Metadata { string hostname = 1; string error = 2; }';

describe('a reply', () => {
  it.each([
    ['as it is', 'message Reply { string a = 1; }', 'none', 'Promise<Reply>'],
    [
      'in an envelope',
      `${metadata} message Item { Metadata metadata = 1; string a = 2; } message Reply { repeated Item messages = 1; }`,
      'message',
      'Promise<Item>',
    ],
    [
      'that only acknowledges',
      `${metadata} message Item { Metadata metadata = 1; } message Reply { repeated Item messages = 1; }`,
      'acknowledgement',
      'Promise<void>',
    ],
    ['without fields', 'message Reply {}', 'empty', 'Promise<void>'],
    [
      'with a list that is no envelope',
      'message Item { string metadata = 1; } message Reply { repeated Item messages = 1; }',
      'none',
      'Promise<Reply>',
    ],
    [
      'with more than an envelope',
      `${metadata} message Item { Metadata metadata = 1; } message Reply { repeated Item messages = 1; string more = 2; }`,
      'none',
      'Promise<Reply>',
    ],
  ])('%s', (_, body, unwrap, result) => {
    const method = methodOf(`message Request {}\n${body}`);
    expect(method).toMatchObject({ unwrap, result, decode: 'decodeReply', aggregates: true });
  });

  it.each([
    [
      'of bytes',
      `${metadata} message Reply { Metadata metadata = 1; bytes bytes = 2; }`,
      'bytes',
      'Uint8Array',
    ],
    [
      'of items',
      `${metadata} message Reply { Metadata metadata = 1; string a = 2; }`,
      'item',
      'Reply',
    ],
    ['of messages', 'message Reply { string a = 1; }', 'none', 'Reply'],
    ['of empty messages', 'message Reply {}', 'none', 'Reply'],
  ])('in a stream %s', (_, body, unwrap, item) => {
    const method = methodOf(
      `message Request {}\n${body}`,
      readRow,
      '(Request) returns (stream Reply)',
    );
    expect(method).toMatchObject({
      kind: 'server-stream',
      call: 'callServerStream',
      unwrap,
      result: `TalosStream<${item}>`,
    });
  });
});

describe('a request', () => {
  const body = `
    message Request { string name = 1; repeated Part parts = 2; Part part = 3; }
    message Part { string path = 1; Part deeper = 2; }
    message Reply { string a = 1; }
  `;
  const write: MethodRow = { idempotency: 'unsafe', roles: ['os:admin'], since: '1.2' };

  it('may be left out by an RPC that reads and needs nothing said', () => {
    expect(methodOf(body).parameters).toBe('request: Init<Request> = {}, options?: CallOptions');
  });

  it('must be stated by an RPC that acts', () => {
    expect(methodOf(body, write).parameters).toBe('request: Init<Request>, options?: CallOptions');
    const again: MethodRow = { ...write, idempotency: 'idempotent' };
    expect(methodOf(body, again).parameters).toBe('request: Init<Request>, options?: CallOptions');
  });

  it('names the fields that must be stated, at any depth', () => {
    const row = {
      ...readRow,
      required: {
        name: 'would have no name',
        'parts.path': 'would have no path',
        'part.deeper.path': 'would have no deeper path',
      },
    };
    expect(methodOf(body, row).parameters).toBe(
      "request: Stated<Request, 'name' | 'parts' | 'part'> & { " +
        "readonly parts: readonly Stated<Part, 'path'>[]; " +
        "readonly part: Stated<Part, 'deeper'> & { readonly deeper: Stated<Part, 'path'> } }, " +
        'options?: CallOptions',
    );
  });

  it('in a stream is an iterable of messages', () => {
    expect(methodOf(body, write, '(stream Request) returns (Reply)')).toMatchObject({
      kind: 'client-stream',
      call: 'callClientStream',
      argument: 'requests',
      parameters: 'requests: Requests<Request>, options?: CallOptions',
      aggregates: false,
      wrapsBytes: false,
    });
    expect(methodOf(body, write, '(stream Request) returns (stream Reply)')).toMatchObject({
      kind: 'duplex',
      call: 'callDuplex',
    });
  });

  it('in a stream of byte carriers is an iterable of bytes', () => {
    const carrier = `${metadata} message Request { Metadata metadata = 1; bytes bytes = 2; } message Reply {}`;
    expect(methodOf(carrier, write, '(stream Request) returns (Reply)')).toMatchObject({
      wrapsBytes: true,
      requestType: 'Uint8Array',
      parameters: 'requests: Requests<Uint8Array>, options?: CallOptions',
    });
    expect(methodOf(carrier, readRow).wrapsBytes).toBe(false);
  });
});

describe('a method', () => {
  it('says its RPC, roles and release, after what the proto says', () => {
    const files = sample(`
      message M { string a = 1; }
      service Service {
        // Does it.
        rpc Get(M) returns (M) { option deprecated = true; }
      }
    `);
    const row: MethodRow = {
      idempotency: 'read',
      roles: ['a', 'b'],
      since: '1.2',
      controlPlane: true,
    };
    const { files: models } = modelsOf(files, tableOf({ Get: row }));
    const feature = models.find(({ template }) => template === 'feature') as FeatureFile;
    expect(feature.methods[0]?.doc).toStrictEqual([
      '/**',
      ' * Does it.',
      ' *',
      ' * RPC `sample.Service/Get`. Roles: `a`, `b`. Since Sample 1.2.',
      ' *',
      ' * @deprecated The contract marks it as deprecated.',
      ' */',
    ]);
    expect(feature.methods[0]).toMatchObject({
      controlPlane: true,
      removal: '',
      aggregates: false,
    });
  });
});
