import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { features } from '../../codegen/features.js';
import { generate } from '../../codegen/generate.js';
import type { FeatureTable, MethodRow } from '../../codegen/table.js';
import { repository, temporaryFolder } from './protos/support.js';
import { templates } from './support.js';

// What a change of the contract changes in the output: these files, and not a byte elsewhere.
const protos = join(repository, 'proto');

function outputsOf(folder: string, table: FeatureTable): ReadonlyMap<string, string> {
  const outputs = generate({
    protos: folder,
    table,
    templates,
    runtime: '../src/runtime',
    surface: '../docs/api-surface.md',
  });
  return new Map(outputs.map(({ path, text }) => [path, text]));
}

const before = outputsOf(protos, features);

/** The files that differ after edits of machine.proto: text → replacement, each text there once. */
function changedBy(edits: Readonly<Record<string, string>>, table = features): string[] {
  const folder = temporaryFolder();
  cpSync(protos, folder, { recursive: true });
  const file = join(folder, 'machine/machine.proto');
  let source = readFileSync(file, 'utf8');
  for (const [text, replacement] of Object.entries(edits)) {
    expect(source.split(text), text).toHaveLength(2);
    source = source.replace(text, () => replacement);
  }
  writeFileSync(file, source);
  const after = outputsOf(folder, table);
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => before.get(path) !== after.get(path))
    .sort();
}

/** The table with other rows for some RPCs of the etcd feature; without the row where it is gone. */
function withEtcd(rows: Readonly<Record<string, MethodRow | undefined>>): FeatureTable {
  const { etcd } = features.features;
  if (etcd === undefined) throw new Error('there is no etcd feature');
  const all = Object.entries({ ...etcd.methods, ...rows });
  const methods = Object.fromEntries(
    all.flatMap(([rpc, row]) => (row === undefined ? [] : [[rpc, row]])),
  );
  return { ...features, features: { ...features.features, etcd: { ...etcd, methods } } };
}

const rpc = 'rpc EtcdStatus(google.protobuf.Empty) returns (EtcdStatusResponse);';
const row: MethodRow = { idempotency: 'read', roles: ['os:admin'], since: '1.14' };
const page = '../docs/api-surface.md';

describe('editing one RPC in proto/ changes exactly the files that tell of it', () => {
  it('its comment: the feature', () => {
    const about = '// Reports the state of the etcd member on this node';
    expect(changedBy({ [about]: '// Tells the state' })).toStrictEqual(['features/etcd.ts']);
  });

  it('its name: the feature, what the testkit serves, and the page of RPCs', () => {
    const table = withEtcd({
      'machine.MachineService/EtcdStatus': undefined,
      'machine.MachineService/EtcdState': row,
    });
    expect(changedBy({ [rpc]: rpc.replace('Status(', 'State(') }, table)).toStrictEqual([
      page,
      'features/etcd.ts',
      'server/etcd.ts',
    ]);
  });

  it('its name alone: nothing, as the run stops and says which row is missing', () => {
    const table = withEtcd({ 'machine.MachineService/EtcdStatus': undefined });
    expect(() => changedBy({ [rpc]: rpc.replace('Status(', 'State(') }, table)).toThrow(
      "machine.MachineService/EtcdState is in no feature: add to the methods of one in the table\n  'machine.MachineService/EtcdState': {",
    );
  });

  it('its kind: the feature and the page of RPCs', () => {
    const snapshot = 'rpc EtcdSnapshot(EtcdSnapshotRequest) returns (stream common.Data);';
    expect(changedBy({ [snapshot]: snapshot.replace('stream ', '') })).toStrictEqual([
      page,
      'features/etcd.ts',
    ]);
  });

  it('its removal: the feature, its messages, now reached by none, and the page of RPCs', () => {
    const table = withEtcd({ 'machine.MachineService/EtcdStatus': undefined });
    expect(changedBy({ [rpc]: '' }, table)).toStrictEqual([
      page,
      'features/etcd.ts',
      'messages/etcd.ts',
      'messages/unreached.ts',
      'server/etcd.ts',
      'server/unreached.ts',
    ]);
  });

  it('a new one with messages of its own: the same files', () => {
    const added = 'rpc EtcdHashes(EtcdHashesRequest) returns (EtcdHashes);';
    const message = '// Status of one etcd member as it reports it itself.';
    const edits = {
      [rpc]: `${rpc}\n\n  // Tells hashes.\n  ${added}`,
      [message]: `message EtcdHashesRequest {}\n\nmessage EtcdHashes {}\n\n${message}`,
    };
    const table = withEtcd({ 'machine.MachineService/EtcdHashes': row });
    expect(changedBy(edits, table)).toStrictEqual([
      page,
      'features/etcd.ts',
      'messages/etcd.ts',
      'server/etcd.ts',
    ]);
  });

  it('a new field of its reply: the messages of the feature, in both directions', () => {
    const field = 'EtcdMemberStatus member_status = 2;';
    expect(changedBy({ [field]: `${field}\n\n  string note = 3;` })).toStrictEqual([
      'messages/etcd.ts',
      'server/etcd.ts',
    ]);
  });

  it('the comment of a field: the messages of the feature', () => {
    const comment = '// Status of the etcd member that runs on the node.';
    expect(changedBy({ [comment]: '// Its status.' })).toStrictEqual(['messages/etcd.ts']);
  });
});
