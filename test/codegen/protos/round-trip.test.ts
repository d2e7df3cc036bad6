import protobuf from 'protobufjs';
import { describe, expect, test } from 'vitest';
import { readComments } from '../../../codegen/protos/comments.js';
import type { Contract } from '../../../codegen/protos/contract.js';
import { parseOptions } from '../../../codegen/protos/proto-facts.js';
import { readContract } from '../../../codegen/protos/read-contract.js';
import { readProtos } from '../../../codegen/protos/read-protos.js';
import { renderContract } from '../../../codegen/protos/render.js';
import { everything } from './everything.js';
import { contractJson, temporaryFolder, writeFiles } from './support.js';

describe('a contract that uses all of proto3', () => {
  test('reads back from the .proto files it is rendered to', () => {
    const folder = writeFiles(temporaryFolder(), renderContract(everything, new Map()));
    expect(readProtos([folder], everything.source)).toStrictEqual(everything);
  });

  test('reads back from its JSON form', () => {
    expect(readContract(contractJson(everything), 'everything.json')).toStrictEqual(everything);
  });

  test('has the same types in the eyes of protobufjs, all files in one root', () => {
    const root = new protobuf.Root();
    const files = renderContract(everything, new Map());
    for (const text of files.values()) protobuf.parse(text, root, parseOptions);
    expect(typesSeenBy(root, everything)).toStrictEqual(typesIn(everything));
  });

  test('gives the same bytes again', () => {
    const once = renderContract(everything, new Map());
    const folder = writeFiles(temporaryFolder(), once);
    const twice = renderContract(readProtos([folder], everything.source), readComments(folder));
    expect([...twice]).toStrictEqual([...once]);
  });

  test('is laid out like this', () => {
    const comments = new Map([
      ['sample.deep.Outer', 'A message.\n\nWith a second paragraph.'],
      ['sample.deep.Outer.choice', 'One of two.'],
      ['sample.deep.Outer.text', 'Words.'],
      ['sample.deep.Outer.Kind.BELOW', 'Less than nothing.'],
      ['sample.deep.Talk.Unary', 'Says one thing.'],
    ]);
    const text = renderContract(everything, comments).get('sample/deep/deep.proto') ?? '';
    expect(sectionOf(text, 'service Talk')).toMatchInlineSnapshot(`
      "service Talk {
        option deprecated = true;

        // Says one thing.
        rpc Unary(Outer) returns (base.Empty);

        rpc ServerStream(Outer) returns (stream base.Empty);

        rpc ClientStream(stream Outer) returns (base.Empty) {
          option deprecated = true;
          option (options.mood) = WILD;
        }

        rpc Duplex(stream Outer) returns (stream base.Empty);
      }"
    `);
    expect(sectionOf(text, 'message Outer')).toMatchInlineSnapshot(`
      "// A message.
      //
      // With a second paragraph.
      message Outer {
        option deprecated = true;
        reserved 4, 100 to 200;
        reserved "old", "older";

        enum Kind {
          option allow_alias = true;

          NONE = 0;
          NOTHING = 0 [deprecated = true, (options.tag) = "x"];

          // Less than nothing.
          BELOW = -1;

          LEAST = -2147483648;
          MOST = 2147483647;
        }

        message Middle {
          message Inner {
            enum Kind {
              option deprecated = true;
              reserved -5 to -3;
              reserved "LOST";

              ONLY = 0;
            }

            message Innermost {}

            Kind kind = 1;
            .sample.deep.Outer.Kind outer_kind = 2;
          }

          .sample.deep.Outer.Kind kind = 1;
        }

        // One of two.
        oneof choice {
          // Words.
          string text = 1;

          Middle.Inner inner = 3;
        }

        Kind kind = 2;
        repeated base.Color colors = 5 [deprecated = true, (options.gone_in) = "v2 \\"soon\\" \\\\ é", (options.weight) = -7];
        Outer self = 6;
        .time.Time time = 7;
        sample.deep.time.Outer outer = 536870911;
      }"
    `);
  });
});

function sectionOf(text: string, head: string): string | undefined {
  return text.split(/\n\n(?=\S)/).find((part) => part.includes(`${head} {`));
}

/** Where each field and method points, as the contract says. */
function typesIn(contract: Contract): Record<string, string[]> {
  const types: Record<string, string[]> = {};
  for (const file of contract.files) {
    for (const message of file.messages) {
      for (const field of message.fields) types[`${message.name}.${field.name}`] = [field.type];
    }
    for (const service of file.services) {
      for (const { name, input, output } of service.methods) {
        types[`${service.name}.${name}`] = [input, output];
      }
    }
  }
  return types;
}

function typesSeenBy(root: protobuf.Root, contract: Contract): Record<string, string[]> {
  const types: Record<string, string[]> = {};
  const nameOf = (type: protobuf.ReflectionObject | null) => type?.fullName.slice(1) ?? 'nothing';
  for (const file of contract.files) {
    for (const message of file.messages) {
      for (const field of root.lookupType(`.${message.name}`).fieldsArray) {
        const { resolvedType, type } = field.resolve();
        types[`${message.name}.${field.name}`] = [
          resolvedType === null ? type : nameOf(resolvedType),
        ];
      }
    }
    for (const service of file.services) {
      for (const method of root.lookupService(`.${service.name}`).methodsArray) {
        method.resolve();
        const { resolvedRequestType, resolvedResponseType } = method;
        types[`${service.name}.${method.name}`] = [
          nameOf(resolvedRequestType),
          nameOf(resolvedResponseType),
        ];
      }
    }
  }
  return types;
}
