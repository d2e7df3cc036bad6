import { expect, it } from 'vitest';
import type { MethodRow } from '../../codegen/table.js';
import { modelsOf, outputsOf, readRow, sample, tableOf } from './support.js';

const service = sample(`
  message Request { string name = 1; Inner inner = 2; oneof choice { string text = 3; } }
  message Inner { string path = 1; }
  service Service {
    rpc Get(Request) returns (Inner);
    rpc Set(Request) returns (Inner);
  }
`);

const both = { Get: readRow, Set: readRow };

it('an RPC in no feature stops the run and is named with the line to add', () => {
  expect(() => modelsOf(service, tableOf({ Get: readRow }))).toThrow(
    "sample.Service/Set is in no feature: add to the methods of one in the table\n  'sample.Service/Set': {",
  );
});

it('all that does not fit is named at once', () => {
  const row = { ...readRow, name: 'then' };
  const table = tableOf(
    { Gone: readRow, Other: row },
    { names: { 'sample.Gone': 'Fine', 'sample.Inner': 'no name' }, extraRoots: ['sample.Lost'] },
  );
  const thrown = () => modelsOf(service, table);
  for (const part of [
    "features.sample.methods: the protos have no RPC 'sample.Service/Gone'",
    "features.sample.methods['sample.Service/Other'].name: 'then' cannot name a method",
    'sample.Service/Get is in no feature',
    'sample.Service/Set is in no feature',
    "names: the protos have no 'sample.Gone'",
    "names['sample.Inner']: 'no name' cannot be a name",
  ]) {
    expect(thrown).toThrow(part);
  }
});

it('all that is wrong with rows is named at once', () => {
  const files = sample(`
    message Request { string name = 1; }
    service Service {
      rpc Get(stream Request) returns (Request);
      rpc Set(Request) returns (Request);
    }
  `);
  const required = { name: 'would name nothing' };
  const bad = {
    ...readRow,
    timeoutMs: 0,
    roles: 'os:admin' as never,
    required: { name: 'is due' },
  };
  const thrown = () =>
    modelsOf(files, tableOf({ Get: { ...readRow, required, timeoutMs: 5 }, Set: bad }));
  const [get, set] = ['Get', 'Set'].map(
    (rpc) => `features.sample.methods['sample.Service/${rpc}']`,
  );
  for (const part of [
    `${set}.timeoutMs: is a whole number`,
    `${set}.roles: is a list of strings`,
    `${set}.required['name']: says what the call would do without it`,
    `${get}.required: a stream of requests has no fields`,
  ]) {
    expect(thrown).toThrow(part);
  }
});

it('the line to add leaves open what somebody has to decide, and is refused as it is', () => {
  const files = {
    ...service,
    'sources.json': JSON.stringify({ talos: 'v1.2.3', notEmbedded: [] }),
  };
  const blank = "'sample.Service/Set': { idempotency: '…', roles: ['…'], since: '1.2' },";
  expect(() => modelsOf(files, tableOf({ Get: readRow }))).toThrow(blank);
  const row = { idempotency: '…', roles: ['…'], since: '1.2' } as unknown as MethodRow;
  const pasted = () => modelsOf(files, tableOf({ Get: readRow, Set: row }));
  const place = "features.sample.methods['sample.Service/Set']";
  expect(pasted).toThrow(`${place}.idempotency: is one of read, idempotent, unsafe`);
  expect(pasted).toThrow(`${place}.roles: '…' is to be filled in`);
  const half = { ...readRow, required: { name: 'would …' } };
  expect(() => modelsOf(files, tableOf({ Get: readRow, Set: half }))).toThrow(
    `${place}.required['name']: '…' is to be filled in`,
  );
  const skipped = tableOf({ Get: readRow }, { skipped: { 'sample.Service/Set': '…' } });
  expect(() => modelsOf(files, skipped)).toThrow("skipped: 'sample.Service/Set': say why");
});

it('the development tree has what no release has yet, and not what a release dropped', () => {
  const files = { ...service, 'sources.json': JSON.stringify({ talos: 'main', notEmbedded: [] }) };
  const old = { ...readRow, until: '1.4' };
  const rows = { Get: readRow, Set: { ...readRow, since: '1.5' }, Old: old };
  const { plans } = modelsOf(files, tableOf(rows, { release: '1.4' }));
  expect(plans[0]?.methods.map(({ name }) => name)).toStrictEqual(['get', 'set']);
  expect(() => modelsOf(files, tableOf({ Get: readRow }, { release: '1.4' }))).toThrow(
    "'sample.Service/Set': { idempotency: '…', roles: ['…'], since: '…' },",
  );
});

it('an RPC may be skipped with a reason', () => {
  const table = tableOf({ Get: readRow }, { skipped: { 'sample.Service/Set': 'not for us' } });
  const { plans } = modelsOf(service, table);
  expect(plans.flatMap(({ methods }) => methods.map(({ name }) => name))).toStrictEqual(['get']);
});

it('an RPC is not skipped and offered at once', () => {
  const table = tableOf(both, { skipped: { 'sample.Service/Set': 'not for us' } });
  expect(() => modelsOf(service, table)).toThrow(
    'sample.Service/Set is skipped and in a feature: keep one',
  );
});

it('skipping an RPC that is gone stops the run', () => {
  const table = tableOf(both, { skipped: { 'sample.Service/Gone': 'not for us' } });
  expect(() => modelsOf(service, table)).toThrow(
    "skipped: the protos have no RPC 'sample.Service/Gone': remove its row",
  );
});

it('a row for an RPC that is gone stops the run', () => {
  expect(() => modelsOf(service, tableOf({ ...both, Gone: readRow }))).toThrow(
    "features.sample.methods: the protos have no RPC 'sample.Service/Gone': remove its row",
  );
});

it('an RPC in two features stops the run', () => {
  const { features } = tableOf(both);
  const other = { about: 'other', methods: { 'sample.Service/Get': readRow } };
  expect(() => modelsOf(service, { product: 'Sample', features: { ...features, other } })).toThrow(
    'sample.Service/Get is in the features "sample" and "other": keep one',
  );
});

it('two methods of one name stop the run', () => {
  expect(() =>
    modelsOf(service, tableOf({ Get: readRow, Set: { ...readRow, name: 'get' } })),
  ).toThrow(
    "features.sample: sample.Service/Get and sample.Service/Set are both called 'get': add name: '…' " +
      "to the row 'sample.Service/Set'",
  );
});

it.each(['not a name', '', '1st', 'a-b', 'constructor', 'then'])(
  'a method cannot be called %j',
  (name) => {
    expect(() => modelsOf(service, tableOf({ ...both, Set: { ...readRow, name } }))).toThrow(
      `features.sample.methods['sample.Service/Set'].name: '${name}' cannot name a method`,
    );
  },
);

it.each([0, -1, 1.5, '30', null])('a deadline cannot be %j', (timeoutMs) => {
  const row = { ...readRow, timeoutMs: timeoutMs as number };
  expect(() => modelsOf(service, tableOf({ ...both, Set: row }))).toThrow(
    "features.sample.methods['sample.Service/Set'].timeoutMs: is a whole number of milliseconds, or 'none'",
  );
});

it('a stream has no deadline', () => {
  const streaming = sample(
    'message Request {} service Service { rpc Get(Request) returns (stream Request); }',
  );
  expect(() => modelsOf(streaming, tableOf({ Get: { ...readRow, timeoutMs: 5 } }))).toThrow(
    "features.sample.methods['sample.Service/Get'].timeoutMs: streams have no deadline: remove it",
  );
});

it.each([
  [600_000, 'timeoutMs: 600_000,', 'Deadline: 10 min.', '| 10 min |'],
  [45_000, 'timeoutMs: 45_000,', 'Deadline: 45 s.', '| 45 s |'],
  [1500, 'timeoutMs: 1_500,', 'Deadline: 1500 ms.', '| 1500 ms |'],
  ['none', "timeoutMs: 'none',", 'Deadline: none.', '| none |'],
] as const)('a deadline of %j is a fact of the method, and said', (timeoutMs, fact, doc, cell) => {
  const outputs = outputsOf(service, tableOf({ ...both, Set: { ...readRow, timeoutMs } }), {
    surface: 'surface.md',
  });
  expect(outputs.get('features/sample.ts')).toContain(fact);
  expect(outputs.get('features/sample.ts')).toContain(doc);
  expect(outputs.get('surface.md')).toContain(cell);
});

const streaming = sample(`
  message Request { string name = 1; bool go_on = 2; }
  service Service {
    rpc Get(Request) returns (stream Request);
    rpc Set(Request) returns (Request);
  }
`);

it.each([
  [true, 'follows: true,'],
  ['goOn', "follows: 'goOn',"],
] as const)('a stream that follows by %j says so in the facts of its method', (follows, fact) => {
  const table = tableOf({ ...both, Get: { ...readRow, follows } });
  const text = outputsOf(streaming, table).get('features/sample.ts') ?? '';
  expect(text.split(fact)).toHaveLength(2);
  expect(text.indexOf(fact)).toBeLessThan(text.indexOf("path: '/sample.Service/Set'"));
});

it.each([
  ['Get', 'go_on', "no field 'go_on' of type bool in sample.Request"],
  ['Get', 'name', "no field 'name' of type bool in sample.Request"],
  ['Get', 1 as never, 'is true, or a field of the request'],
  ['Set', true, 'only a stream of replies to one request goes on: remove it'],
] as const)('%s cannot follow by %j', (rpc, follows, problem) => {
  expect(() => modelsOf(streaming, tableOf({ ...both, [rpc]: { ...readRow, follows } }))).toThrow(
    `features.sample.methods['sample.Service/${rpc}'].follows: ${problem}`,
  );
});

it.each(['Sample', 'a_b', '../up'])('a feature cannot be called %j', (name) => {
  const row = { about: 'sample', methods: { 'sample.Service/Get': readRow } };
  expect(() => modelsOf(service, { product: 'Sample', features: { [name]: row } })).toThrow(
    `feature "${name}": a feature's name is in kebab-case`,
  );
});

it.each(['methods', 'shared', 'unreached'])('a feature cannot take the module %s', (name) => {
  const { features } = tableOf(both);
  const row = features.sample;
  if (row === undefined) throw new Error('no row');
  expect(() => modelsOf(service, { product: 'Sample', features: { [name]: row } })).toThrow(
    `feature "${name}": the module messages/${name} is taken; rename it`,
  );
});

it.each(['nodes', 'close', 'sibling'])(
  'a feature cannot hide the member %s of the client',
  (name) => {
    const { features } = tableOf(both);
    const row = features.sample;
    if (row === undefined) throw new Error('no row');
    const table = { product: 'Sample', full: true, features: { [name]: row } } as const;
    expect(() => modelsOf(service, table)).toThrow(
      `feature "${name}": the client has a member of that name; rename it`,
    );
  },
);

it.each(['nome', 'inner.nope', 'name.x', 'text', 'choice', ''])(
  'a required field %j that the request does not have stops the run',
  (path) => {
    const row = { ...readRow, required: { [path]: 'would do nothing' } };
    expect(() => modelsOf(service, tableOf({ ...both, Set: row }))).toThrow(
      `features.sample.methods['sample.Service/Set'].required: no field '${path}' in sample.Request`,
    );
  },
);

it.each([[['name']], ['name'], [{ name: '' }], [{ name: 'is needed' }], [{ name: 5 }]])(
  'required fields without what the call would do without them stop the run: %j',
  (required) => {
    const row = { ...readRow, required: required as never };
    expect(() => modelsOf(service, tableOf({ ...both, Set: row }))).toThrow(
      'what the call would do without it',
    );
  },
);

it('required fields of a stream of requests stop the run', () => {
  const files = sample(`
    message Request { string name = 1; }
    service Service { rpc Get(stream Request) returns (Request); }
  `);
  const row = { ...readRow, required: { name: 'would name nothing' } };
  expect(() => modelsOf(files, tableOf({ Get: row }))).toThrow(
    "features.sample.methods['sample.Service/Get'].required: a stream of requests",
  );
});

it('an extra root that is gone stops the run', () => {
  expect(() => modelsOf(service, tableOf(both, { extraRoots: ['sample.Gone'] }))).toThrow(
    "features.sample.extraRoots: the protos have no message 'sample.Gone'",
  );
});

it('a feature that is asked for and not there stops the run', () => {
  expect(() => modelsOf(service, tableOf(both), ['samples'])).toThrow(
    'no feature "samples"; there are sample',
  );
});

const clash = {
  'a.proto': 'syntax = "proto3"; package a; message Thing {}',
  'b.proto': 'syntax = "proto3"; package b; message Thing {}',
  'sample.proto':
    'syntax = "proto3"; package sample; import "a.proto"; import "b.proto"; ' +
    'service Service { rpc Get(a.Thing) returns (b.Thing); }',
};

it('two messages of one name in a module stop the run, and an override settles it', () => {
  expect(() => modelsOf(clash, tableOf({ Get: readRow }))).toThrow(
    'a.Thing and b.Thing are both called Thing in messages/sample: add to names in the table\n' +
      "  'b.Thing': '…',",
  );
  const table = tableOf({ Get: readRow }, { names: { 'b.Thing': 'OtherThing' } });
  expect(outputsOf(clash, table).get('messages/sample.ts')).toContain('decodeOtherThing(');
});

it('an imported message and an own one of one name stop the run', () => {
  const files = {
    'a.proto': 'syntax = "proto3"; package a; message Thing { Other other = 1; } message Other {}',
    'b.proto':
      'syntax = "proto3"; package b; import "a.proto"; message Thing { a.Other other = 1; a.Thing a = 2; }',
    'sample.proto':
      'syntax = "proto3"; package sample; import "a.proto"; import "b.proto"; ' +
      'service Service { rpc Get(a.Thing) returns (a.Thing); rpc Set(b.Thing) returns (a.Thing); }',
  };
  const { features } = tableOf({ Get: readRow });
  const other = { about: 'other', methods: { 'sample.Service/Set': readRow } };
  const table = { product: 'Sample', features: { ...features, other } };
  expect(() => modelsOf(files, table)).toThrow(
    /both called \w*Thing there: add to names in the table/,
  );
});

it('two fields of one name stop the run, and an override settles it', () => {
  const files = sample(`
    message Request { string a_b = 1; string aB = 2; }
    service Service { rpc Get(Request) returns (Request); }
  `);
  expect(() => modelsOf(files, tableOf({ Get: readRow }))).toThrow(
    'sample.Request: the fields a_b and aB are both called aB: add to names in the table\n' +
      "  'sample.Request.aB': '…',",
  );
  const table = tableOf({ Get: readRow }, { names: { 'sample.Request.aB': 'other' } });
  expect(outputsOf(files, table).get('messages/sample.ts')).toContain('  other: string;');
});

it('an override of nothing stops the run', () => {
  const table = tableOf(both, { names: { 'sample.Gone': 'Other' } });
  expect(() => modelsOf(service, table)).toThrow(
    "names: the protos have no 'sample.Gone': remove its line",
  );
});

it.each(['no name', 'class', ''])('an override cannot be %j', (name) => {
  const table = tableOf(both, { names: { 'sample.Inner': name } });
  expect(() => modelsOf(service, table)).toThrow(
    `names['sample.Inner']: '${name}' cannot be a name`,
  );
});

it('in a tree older than the table, what came later is left out', () => {
  const files = {
    ...service,
    'sources.json': JSON.stringify({ talos: 'v1.2.3', notEmbedded: [] }),
  };
  const table = tableOf(
    {
      Get: {
        ...readRow,
        since: '1.0',
        required: { name: 'would name nothing', later: 'would be now' },
      },
      Set: { ...readRow, since: '1.2', until: '1.2' },
      Newer: { ...readRow, since: '1.3' },
      Older: { ...readRow, since: '1.0', until: '1.1' },
    },
    { release: '1.4', extraRoots: ['sample.Inner', 'sample.Later'] },
  );
  const { plans } = modelsOf(files, table);
  expect(plans[0]?.methods.map(({ name }) => name)).toStrictEqual(['get', 'set']);
  expect(plans[0]?.extraRoots).toStrictEqual(['sample.Inner']);
});

it('in a tree older than the table, what should be there is still asked for', () => {
  const files = {
    ...service,
    'sources.json': JSON.stringify({ talos: 'v1.2.3', notEmbedded: [] }),
  };
  const table = tableOf({ ...both, Gone: { ...readRow, since: '1.1' } }, { release: '1.4' });
  expect(() => modelsOf(files, table)).toThrow("the protos have no RPC 'sample.Service/Gone'");
});
