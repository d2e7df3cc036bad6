import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Change, compareContracts } from '../../../codegen/protos/changes.js';
import { missingComments, readComments } from '../../../codegen/protos/comments.js';
import { protoFilesIn } from '../../../codegen/protos/proto-folder.js';
import { readProtos } from '../../../codegen/protos/read-protos.js';
import { renderContract } from '../../../codegen/protos/render.js';
import { readSources, renderSources } from '../../../codegen/protos/sources.js';
import { planUpdate, readTree, writeUpdate } from '../../../codegen/protos/update.js';
import {
  contractPath,
  repository,
  talosContract,
  temporaryFolder,
  withoutContracts,
  writeFiles,
} from './support.js';

const protoFolder = join(repository, 'proto');

if (withoutContracts !== undefined) {
  console.warn(`Skipped: proto/ against the contracts that Talos publishes: ${withoutContracts}`);
}

describe('proto/', () => {
  const tree = readTree(protoFolder);
  if (tree === undefined) throw new Error(`${protoFolder} holds no .proto file`);

  test('is in the one form that the renderer prints', () => {
    const files = renderContract(tree.contract, tree.comments);
    const written = protoFilesIn(protoFolder).map(({ path, text }) => [path, text]);
    expect(Object.fromEntries(written)).toStrictEqual(Object.fromEntries(files));
    const sources = readFileSync(join(protoFolder, 'sources.json'), 'utf8');
    expect(sources).toBe(renderSources(tree.contract, tree.skip));
  });

  test('describes every service, RPC, message and enum', () => {
    expect(missingComments(tree.contract, tree.comments)).toStrictEqual([]);
  });
});

describe.skipIf(withoutContracts !== undefined)('against the contracts of Talos', () => {
  test('proto/ has every type, field, enum value, service and option of v1.14, and no other', () => {
    const contract = talosContract('1.14');
    const sources = readSources(protoFolder);
    const { source, notEmbedded } = contract;
    expect(sources).toMatchObject({ source, notEmbedded });
    expect(readProtos([protoFolder], contract.source)).toStrictEqual(contract);
    expect(count(contract.files)).toStrictEqual({
      files: 47,
      services: 12,
      rpcs: 81,
      messages: 574,
      fields: 2183,
      enums: 88,
      values: 748,
    });
  });

  test.each(['1.9', '1.12', '1.14'])('v%s reads back from a folder of .proto files', (minor) => {
    const contract = talosContract(minor);
    const folder = writeFiles(temporaryFolder(), renderContract(contract, new Map()));
    expect(readProtos([folder], contract.source)).toStrictEqual(contract);
  });

  describe('updating from v1.9 to v1.12 to v1.14', () => {
    const folder = mkdtempSync(join(tmpdir(), 'protos-'));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    const updateTo = (minor: string): readonly Change[] => {
      const plan = planUpdate({
        from: [contractPath(minor)],
        source: talosContract(minor).source,
        tree: folder,
        comments: [protoFolder],
        skip: readSources(protoFolder)?.skip ?? [],
        gone: [],
      });
      writeUpdate(folder, plan);
      return plan.changes;
    };

    test('starts with a tree that has the comments which still apply', () => {
      expect(updateTo('1.9').every((change) => change.effect === 'came')).toBe(true);
      expect(readComments(folder).get('machine.RebootRequest.Mode')).toBe(
        readComments(protoFolder).get('machine.RebootRequest.Mode'),
      );
    });

    test('to v1.12 reports what is known to have changed', () => {
      const changes = updateTo('1.12');
      expect(tally(changes)).toStrictEqual({
        messages: [39, 1],
        fields: [51, 4],
        enums: [7, 0],
        values: [261, 0],
        rpcs: [3, 0],
        retyped: 10,
      });
      expect(breaks(changes)).toContain(
        'talos.resource.definitions.cri.RegistriesConfigSpec.registry_auths',
      );
      expect(breaks(changes)).toHaveLength(11);
    });

    test('to v1.14 reports what is known to have changed, and gives proto/ byte for byte', () => {
      const changes = updateTo('1.14');
      expect(tally(changes)).toStrictEqual({
        messages: [93, 4],
        fields: [72, 1],
        enums: [13, 0],
        values: [3, 0],
        rpcs: [14, 1],
        retyped: 6,
      });
      const text = (root: string) => [
        ...protoFilesIn(root).map(({ path, text }) => [path, text]),
        ['sources.json', readFileSync(join(root, 'sources.json'), 'utf8')],
      ];
      expect(Object.fromEntries(text(folder))).toStrictEqual(Object.fromEntries(text(protoFolder)));
    });
  });

  test('between equal contracts nothing changed', () => {
    expect(compareContracts(talosContract('1.14'), talosContract('1.14'))).toStrictEqual([]);
  });
});

function count(files: ReturnType<typeof talosContract>['files']) {
  const of = <T>(list: (file: (typeof files)[number]) => readonly T[]) => files.flatMap(list);
  return {
    files: files.length,
    services: of((file) => file.services).length,
    rpcs: of((file) => file.services).flatMap((service) => service.methods).length,
    messages: of((file) => file.messages).length,
    fields: of((file) => file.messages).flatMap((message) => message.fields).length,
    enums: of((file) => file.enums).length,
    values: of((file) => file.enums).flatMap((facts) => facts.values).length,
  };
}

/** Added and removed, by kind; fields and values only of messages and enums that stayed. */
function tally(changes: readonly Change[]) {
  const of = (kind: Change['kind']) =>
    (['came', 'gone'] as const).map(
      (effect) =>
        changes.filter((change) => change.kind === kind && change.effect === effect).length,
    );
  const came = changes.filter(({ kind, effect }) => kind === 'field' && effect === 'came');
  const added = new Set(came.map(({ name }) => name));
  return {
    messages: of('message'),
    fields: of('field'),
    enums: of('enum'),
    values: of('value'),
    rpcs: of('rpc'),
    retyped: breaks(changes).filter((name) => !added.has(name)).length,
  };
}

function breaks(changes: readonly Change[]): string[] {
  return changes.filter((change) => change.effect === 'breaks').map((change) => change.name);
}
