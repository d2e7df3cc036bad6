import {
  type Contract,
  type FieldFacts,
  mapKeyTypes,
  scalarTypes,
} from '../../../codegen/protos/contract.js';
import { contractOf } from './support.js';

const plain = (name: string, number: number, type: string): FieldFacts => ({
  name,
  number,
  type,
  label: 'singular',
});

/** A small contract that uses all that proto3 has and that a name can be confused by. */
export const everything: Contract = {
  ...contractOf(
    {
      path: 'base/base.proto',
      package: 'base',
      messages: [{ name: 'base.Empty', fields: [] }],
      enums: [{ name: 'base.Color', values: [{ name: 'RED', number: 0 }] }],
    },
    {
      path: 'base/facade.proto',
      package: 'facade',
      imports: ['base/base.proto'],
      publicImports: ['base/base.proto'],
    },
    {
      path: 'options/options.proto',
      package: 'options',
      imports: ['google/protobuf/descriptor.proto'],
      extensions: [
        {
          name: 'options.gone_in',
          extends: 'google.protobuf.FieldOptions',
          number: 50001,
          type: 'string',
        },
        {
          name: 'options.weight',
          extends: 'google.protobuf.FieldOptions',
          number: 50002,
          type: 'int32',
          label: 'optional',
        },
        {
          name: 'options.mood',
          extends: 'google.protobuf.MethodOptions',
          number: 50001,
          type: 'options.Mood',
        },
        {
          name: 'options.tag',
          extends: 'google.protobuf.EnumValueOptions',
          number: 50001,
          type: 'string',
        },
      ],
      enums: [
        {
          name: 'options.Mood',
          values: [
            { name: 'CALM', number: 0 },
            { name: 'WILD', number: 1 },
          ],
        },
      ],
    },
    {
      path: 'sample/deep/deep.proto',
      package: 'sample.deep',
      imports: [
        'base/facade.proto',
        'options/options.proto',
        'sample/deep/time.proto',
        'time/time.proto',
      ],
      services: [
        {
          name: 'sample.deep.Talk',
          deprecated: true,
          methods: [
            method('Unary', false, false),
            method('ServerStream', false, true),
            {
              ...method('ClientStream', true, false),
              deprecated: true,
              options: { '(options.mood)': 'WILD' },
            },
            method('Duplex', true, true),
          ],
        },
      ],
      messages: [
        {
          name: 'sample.deep.Scalars',
          fields: [...scalarTypes].flatMap((type, index) => [
            plain(`one_${type}`, 3 * index + 1, type),
            { ...plain(`maybe_${type}`, 3 * index + 2, type), label: 'optional' as const },
            {
              ...plain(`many_${type}`, 3 * index + 3, type),
              label: 'repeated' as const,
              ...(type === 'string' || type === 'bytes' ? {} : { packed: index % 2 === 0 }),
            },
          ]),
        },
        {
          name: 'sample.deep.Maps',
          fields: [...mapKeyTypes].map((keyType, index) => ({
            ...plain(`by_${keyType}`, index + 1, index % 2 === 0 ? 'bytes' : 'base.Empty'),
            label: 'map' as const,
            keyType,
          })),
        },
        {
          name: 'sample.deep.Outer',
          deprecated: true,
          reserved: {
            ranges: [
              [4, 4],
              [100, 200],
            ],
            names: ['old', 'older'],
          },
          fields: [
            { ...plain('text', 1, 'string'), oneof: 'choice' },
            { ...plain('inner', 3, 'sample.deep.Outer.Middle.Inner'), oneof: 'choice' },
            { ...plain('kind', 2, 'sample.deep.Outer.Kind') },
            {
              ...plain('colors', 5, 'base.Color'),
              label: 'repeated',
              packed: true,
              deprecated: true,
              options: { '(options.gone_in)': 'v2 "soon" \\ é', '(options.weight)': -7 },
            },
            plain('self', 6, 'sample.deep.Outer'),
            plain('time', 7, 'time.Time'),
            plain('outer', 536_870_911, 'sample.deep.time.Outer'),
          ],
        },
        {
          name: 'sample.deep.Outer.Middle',
          fields: [plain('kind', 1, 'sample.deep.Outer.Kind')],
        },
        {
          name: 'sample.deep.Outer.Middle.Inner',
          fields: [
            plain('kind', 1, 'sample.deep.Outer.Middle.Inner.Kind'),
            plain('outer_kind', 2, 'sample.deep.Outer.Kind'),
          ],
        },
        { name: 'sample.deep.Outer.Middle.Inner.Innermost', fields: [] },
        { name: 'sample.deep.string', fields: [plain('string', 1, 'sample.deep.string')] },
      ],
      enums: [
        {
          name: 'sample.deep.Outer.Kind',
          allowAlias: true,
          values: [
            { name: 'NONE', number: 0 },
            { name: 'NOTHING', number: 0, deprecated: true, options: { '(options.tag)': 'x' } },
            { name: 'BELOW', number: -1 },
            { name: 'LEAST', number: -2_147_483_648 },
            { name: 'MOST', number: 2_147_483_647 },
          ],
        },
        {
          name: 'sample.deep.Outer.Middle.Inner.Kind',
          deprecated: true,
          reserved: { ranges: [[-5, -3]], names: ['LOST'] },
          values: [{ name: 'ONLY', number: 0 }],
        },
      ],
    },
    {
      path: 'sample/deep/time.proto',
      package: 'sample.deep.time',
      messages: [{ name: 'sample.deep.time.Outer', fields: [] }],
    },
    {
      path: 'time/time.proto',
      package: 'time',
      messages: [{ name: 'time.Time', fields: [] }],
    },
    { path: 'top.proto', package: '', messages: [{ name: 'Top', fields: [] }] },
  ),
  notEmbedded: ['google/protobuf/descriptor.proto'],
};

function method(name: string, clientStreaming: boolean, serverStreaming: boolean) {
  return {
    name,
    input: 'sample.deep.Outer',
    output: 'base.Empty',
    clientStreaming,
    serverStreaming,
  };
}
