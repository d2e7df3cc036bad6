import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cosi, toYaml } from '../../../src/cosi/index.js';
import type { AnyKind } from '../../../src/cosi/kind.js';
import type { Target } from '../../../src/runtime/target.js';
import { kinds } from '../../cosi/kinds.js';
import { GoCluster, type MadeKind } from '../support/go-cluster.js';

/** Enough for `list` to read the protobuf; `get` reads the YAML. */
const COUNT = 8;

/** Kinds of releases after the published Go module, and those it has no way to make. */
const MISSING = 20;

let cluster: GoCluster;
let node: Target;
let made: readonly MadeKind[];

beforeAll(async () => {
  cluster = await GoCluster.start();
  // Definitions are kept by the state itself, which takes no random ones.
  const types = [...kinds.keys()].filter((type) => !type.endsWith('.meta.cosi.dev'));
  made = await cluster.setKinds('cp-1', types, COUNT, 2026);
  node = (await cluster.client()).node('10.5.0.2');
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

function kindOf(type: string): AnyKind {
  const kind = kinds.get(type);
  if (kind === undefined) throw new Error(`there is no kind ${type}`);
  return kind;
}

describe('every official type of resource', () => {
  test('is there', () => {
    expect(made.length).toBeGreaterThanOrEqual(kinds.size - MISSING);
  });

  test('is read through its kind, the same from protobuf as from YAML', async () => {
    for (const { type } of made) {
      const kind = kindOf(type);
      const all = await cosi(node).list(kind);
      const listed = all.filter(({ metadata }) => metadata.id.startsWith('sample-'));
      expect(listed, type).toHaveLength(COUNT);
      for (const fromList of listed) {
        const { id } = fromList.metadata;
        const got = await cosi(node).get(kind, id);
        expect(got.metadata, `${type} ${id}`).toEqual(fromList.metadata);
        expect(got.spec, `${type} ${id}`).toEqual(fromList.spec);
      }
    }
  });

  test('is printed as the official code prints it', async () => {
    for (const { type, yaml } of made) {
      const listed = (await cosi(node).list(kindOf(type))).filter(({ metadata }) =>
        metadata.id.startsWith('sample-'),
      );
      expect(
        listed.map((resource) => toYaml(resource)),
        type,
      ).toEqual(yaml);
    }
  });

  test('is found by each of its names, and defined as the kind says', async () => {
    for (const { type, namespace } of made) {
      const kind = kindOf(type);
      const found = await cosi(node).kind(type);
      expect(found).toMatchObject({ type, namespace });
      expect([...found.aliases].sort(), type).toEqual([...kind.aliases].sort());
      expect({ type, namespace: kind.namespace }).toEqual({ type, namespace });
    }
  });
});
