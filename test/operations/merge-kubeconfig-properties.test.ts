import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseDocument, stringify } from 'yaml';
import {
  KubeconfigSource,
  type TextSettings,
} from '../../src/operations/merge-kubeconfig/merged-text.js';
import { TalosConfigError } from '../../src/runtime/errors/config-error.js';

/** Few names, so that they clash, and such as renaming makes. */
const name = fc.constantFrom('a', 'b', 'a-1', 'a-2', 'admin@a', 'admin@a-1', 'true', '1.10', '<<');
const value = fc.constantFrom('x', 'y', '007', 'null', '', ' # no comment', 'ünï', '- z');
const fields = fc.dictionary(fc.constantFrom('server', 'token', 'extra', '<<'), value, {
  maxKeys: 3,
  noNullPrototype: true,
});

interface Entries {
  readonly [name: string]: Readonly<Record<string, string>>;
}

/** A kubeconfig as plain data. */
interface Model {
  readonly clusters: Entries;
  readonly users: Entries;
  readonly contexts: Entries;
  readonly current: string | undefined;
}

const entries = fc.dictionary(name, fields, { maxKeys: 3, noNullPrototype: true });
const contexts = fc.dictionary(name, fc.record({ cluster: name, user: name }), {
  maxKeys: 3,
  noNullPrototype: true,
});
const model: fc.Arbitrary<Model> = fc.record({
  clusters: entries,
  users: entries,
  contexts,
  current: fc.option(name, { nil: undefined }),
});

const settings: fc.Arbitrary<TextSettings> = fc.record({
  onConflict: fc.constantFrom('rename' as const, 'overwrite' as const),
  contextName: fc.constant(undefined),
  setCurrent: fc.boolean(),
});

const lists = { clusters: 'cluster', users: 'user', contexts: 'context' } as const;

function textOf(kubeconfig: Model, comment = ''): string {
  const body = Object.entries(lists).map(([list, kind]) => {
    const all = Object.entries(kubeconfig[list as keyof typeof lists]);
    return [list, all.map(([own, content]) => ({ name: own, [kind]: content }))];
  });
  const whole = {
    ...Object.fromEntries(body),
    'current-context': kubeconfig.current,
    mine: comment,
  };
  const text = stringify(whole, { lineWidth: 0, defaultStringType: 'QUOTE_DOUBLE' });
  return comment === '' ? text : text.replace(/^ {2}- /gm, `  # ${comment}\n  - `);
}

/** What a text says: the content of each entry, by list and name. */
function saidBy(text: string): Map<string, string> {
  const plain = parseDocument(text, { schema: 'failsafe', uniqueKeys: false }).toJS();
  const said = new Map<string, string>();
  for (const [list, kind] of Object.entries(lists)) {
    for (const entry of plain[list] ?? []) {
      const content = Object.entries(entry[kind] ?? {}).sort();
      said.set(`${list} ${entry.name}`, JSON.stringify(content));
    }
  }
  return said;
}

function merged(old: string, incoming: string, how: TextSettings) {
  const { text, ...did } = new KubeconfigSource(incoming).mergedInto(old, 'file', how);
  return { text: text ?? old, changed: text !== undefined, ...did };
}

it('merging twice is merging once', () => {
  fc.assert(
    fc.property(model, model, settings, (file, incoming, how) => {
      const once = merged(textOf(file), textOf(incoming), how);
      const twice = merged(once.text, textOf(incoming), how);
      expect(twice.changed).toBe(false);
      expect([twice.context, twice.renames]).toEqual([once.context, once.renames]);
    }),
    { numRuns: 300 },
  );
});

it('nothing of the file is lost but what is told', () => {
  fc.assert(
    fc.property(model, model, settings, (file, incoming, how) => {
      const old = textOf(file, 'remember me');
      const { text, overwrites } = merged(old, textOf(incoming), how);
      const told = new Set(overwrites.map((entry) => `${entry.kind}s ${entry.name}`));
      if (how.onConflict === 'rename') expect(overwrites).toEqual([]);
      const after = saidBy(text);
      for (const [entry, content] of saidBy(old)) {
        if (!told.has(entry)) expect(after.get(entry)).toBe(content);
        else expect(after.get(entry)).not.toBe(content);
      }
      const comments = (whole: string) => whole.split('# remember me').length;
      expect(comments(text)).toBe(comments(old));
      expect(text).toContain('"remember me"');
    }),
    { numRuns: 150 },
  );
});

it('everything of the text is in the file, under the names that are told', () => {
  fc.assert(
    fc.property(model, model, settings, (file, incoming, how) => {
      const { text, renames } = merged(textOf(file), textOf(incoming), how);
      const after = saidBy(text);
      const nameOf = (list: string, own: string) =>
        renames.find(({ kind, from }) => `${kind}s` === list && from === own)?.to ?? own;
      for (const list of ['clusters', 'users'] as const) {
        for (const [own, content] of Object.entries(incoming[list])) {
          const found = after.get(`${list} ${nameOf(list, own)}`);
          expect(found).toBe(JSON.stringify(Object.entries(content).sort()));
        }
      }
      for (const [own, { cluster = '', user = '' }] of Object.entries(incoming.contexts)) {
        const has = (list: 'clusters' | 'users', one: string) => Object.hasOwn(incoming[list], one);
        const content = {
          cluster: has('clusters', cluster) ? nameOf('clusters', cluster) : cluster,
          user: has('users', user) ? nameOf('users', user) : user,
        };
        const found = after.get(`contexts ${nameOf('contexts', own)}`);
        expect(found).toBe(JSON.stringify(Object.entries(content).sort()));
      }
    }),
    { numRuns: 150 },
  );
});

it('does not depend on the order of the text', () => {
  const turned = (all: Entries): Entries => Object.fromEntries(Object.entries(all).reverse());
  fc.assert(
    fc.property(model, model, settings, (file, incoming, how) => {
      const { clusters, users, contexts: named } = incoming;
      const other = {
        ...incoming,
        clusters: turned(clusters),
        users: turned(users),
        contexts: turned(named),
      };
      // With several contexts and no current one there is no context to choose.
      const results = [incoming, other].map((each) => merged(textOf(file), textOf(each), how));
      expect(results[1]).toEqual(results[0]);
    }),
    { numRuns: 150 },
  );
});

it('a damaged text or file is refused or merged, and never quoted', () => {
  const base = textOf({
    clusters: { a: { server: 'SECRET' } },
    users: { a: { token: 'SECRET' } },
    contexts: { a: { cluster: 'a', user: 'a' } },
    current: 'a',
  });
  const cut = fc.nat(base.length);
  const junk = fc.string({ maxLength: 4, unit: fc.constantFrom(...'{}[]:-"\'&*!|>%@ \n\t#,ax') });
  fc.assert(
    fc.property(cut, cut, junk, fc.boolean(), (from, length, inserted, isFile) => {
      const damaged = base.slice(0, from) + inserted + base.slice(from + (length % 9));
      const how: TextSettings = { onConflict: 'rename', contextName: undefined, setCurrent: true };
      try {
        const { text } = isFile ? merged(damaged, base, how) : merged(base, damaged, how);
        // What came of it is a kubeconfig again.
        expect(() => new KubeconfigSource(text)).not.toThrow();
      } catch (error) {
        expect(error).toBeInstanceOf(TalosConfigError);
        expect((error as Error).message).not.toContain('SECRET');
      }
    }),
    { numRuns: 800 },
  );
});
