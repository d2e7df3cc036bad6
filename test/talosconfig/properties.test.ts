import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TalosConfigError } from '../../src/runtime/errors/config-error.js';
import { parseTalosconfig, type Talosconfig } from '../../src/talosconfig/index.js';
import { kept, written } from './support.js';

/** Any text that may stand in a talosconfig: one line, and what YAML is picky about often. */
const text = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }),
    fc.string({
      minLength: 1,
      maxLength: 6,
      unit: fc.constantFrom(...':-?#&*!|>%@`\'"{}[], ~<=\\/.0x1enyt'),
    }),
    fc.constantFrom('true', 'null', '~', '1e3', '0o17', '<<', '__proto__', 'context', 'contexts'),
  )
  .filter((value) => /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\ufeff\ufffe\uffff]+$/u.test(value));

const pem = fc
  .uint8Array({ maxLength: 90 })
  .map((bytes) =>
    Buffer.from(`-----BEGIN X-----\n${Buffer.from(bytes).toString('base64')}`).toString('base64'),
  );

const settings = fc.record(
  {
    endpoints: fc.array(text, { maxLength: 4 }),
    nodes: fc.array(text, { maxLength: 4 }),
    ca: pem,
    crt: pem,
    key: pem,
    basic: fc.record({ username: text, password: text }),
    identity: text,
    cluster: text,
    proxy: text,
  },
  { requiredKeys: ['endpoints'] },
);

type Settings = typeof settings extends fc.Arbitrary<infer T> ? T : never;

const edit = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), name: text, settings }),
  fc.record({ kind: fc.constant('update' as const), at: fc.nat(), settings }),
  fc.record({ kind: fc.constant('remove' as const), at: fc.nat() }),
  fc.record({ kind: fc.constant('rename' as const), at: fc.nat(), name: text }),
  fc.record({ kind: fc.constant('choose' as const), at: fc.nat() }),
);

/** Contexts in order, as plain data. */
interface Model {
  contexts: [name: string, settings: Settings][];
  current: string | undefined;
}

function stored(given: Partial<Settings>): object {
  return JSON.parse(JSON.stringify({ endpoints: [], nodes: [], ...given }));
}

test('any series of edits does to the file what it does to plain data', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('', written, kept),
      fc.array(edit, { maxLength: 8 }),
      (start, edits) => {
        let config = parseTalosconfig(start);
        const model: Model = {
          contexts: config.contexts.map((one) => [
            one.name,
            JSON.parse(JSON.stringify(one.settings())),
          ]),
          current: config.currentContext,
        };
        for (const one of edits) {
          const index =
            'at' in one && model.contexts.length > 0 ? one.at % model.contexts.length : -1;
          const [name = '', before] = model.contexts[index] ?? [];
          if ('name' in one && model.contexts.some(([taken]) => taken === one.name)) continue;
          if (one.kind === 'add') {
            config = config.withContext(one.name, one.settings);
            model.contexts.push([one.name, one.settings]);
          } else if (index === -1) {
          } else if (one.kind === 'update') {
            config = config.withUpdatedContext(name, one.settings);
            model.contexts[index] = [name, { ...before, ...one.settings }];
          } else if (one.kind === 'remove') {
            config = config.withoutContext(name);
            model.contexts.splice(index, 1);
            if (model.current === name) model.current = undefined;
          } else if (one.kind === 'rename') {
            config = config.withRenamedContext(name, one.name);
            model.contexts[index] = [one.name, before as Settings];
            if (model.current === name) model.current = one.name;
          } else {
            config = config.withCurrentContext(name);
            model.current = name;
          }
        }
        const again = parseTalosconfig(config.toYaml());
        for (const result of [config, again]) {
          expect(result.currentContext).toBe(model.current);
          expect(result.contextNames).toEqual(model.contexts.map(([name]) => name));
          expect(result.contexts.map((one) => JSON.parse(JSON.stringify(one.settings())))).toEqual(
            model.contexts.map(([, given]) => stored(given)),
          );
        }
        if (start === kept) {
          for (const part of [
            '# My clusters',
            '# the big one',
            '# Ask ops',
            'x-owner: ops\n',
            '# The end.',
          ]) {
            expect(config.toYaml()).toContain(part);
          }
        }
      },
    ),
    { numRuns: 150 },
  );
});

test('printing is settled after the first change: a second one touches only what it says', () => {
  fc.assert(
    fc.property(fc.constantFrom(written, kept), text, settings, (start, name, given) => {
      fc.pre(!['prod', 'old lab', 'omni'].includes(name));
      const config = parseTalosconfig(start).withContext(name, given);
      expect(config.withUpdatedContext(name, {}).toYaml()).toBe(config.toYaml());
      const renamed = config
        .withRenamedContext(name, `${name}+`)
        .withRenamedContext(`${name}+`, name);
      expect(renamed.context(name).settings()).toEqual(config.context(name).settings());
    }),
    { numRuns: 100 },
  );
});

/** The talosconfig, unless it is refused as it should be. */
function readable(source: string | Uint8Array): Talosconfig | undefined {
  try {
    return parseTalosconfig(source);
  } catch (error) {
    expect(error).toBeInstanceOf(TalosConfigError);
    return undefined;
  }
}

test('whatever the text, it is read or refused with an error of ours', () => {
  const piece = fc.constantFrom(
    ...written.split(/(?<=[\s:-])/),
    '\n',
    '  ',
    '\t',
    '\r\n',
    '- ',
    '? ',
    ': ',
    '&a ',
    '*a',
    '<<: *a',
    '!!map ',
    '{',
    '}',
    '[',
    ']',
    ',',
    '"',
    "'",
    '|',
    '>-',
    '#',
    '---\n',
    '...\n',
    '%YAML 1.1\n',
    '%TAG ! x\n',
    '\ufeff',
    '\u0000',
    '\u2028',
    '\ud800',
    '@',
    '`',
    '~',
  );
  const hostile = fc.oneof(
    fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
    fc
      .tuple(fc.nat(kept.length), fc.nat(40), piece)
      .map(([at, cut, put]) => kept.slice(0, at) + put + kept.slice(at + cut)),
    fc.string({ maxLength: 60, unit: 'binary' }),
  );
  fc.assert(
    fc.property(hostile, (source) => {
      const config = readable(source);
      if (config === undefined) return;
      expect(config.toYaml()).toBe(source);
      const name = `x${config.contextNames.join('').length}+`;
      let changed: Talosconfig;
      try {
        changed = config.withContext(name, { endpoints: ['e'] }).withCurrentContext(name);
      } catch (error) {
        expect((error as Error).message).toContain('written so oddly');
        return;
      }
      expect(changed.context().endpoints).toEqual(['e']);
      expect(changed.contexts.slice(0, -1).map((one) => one.settings())).toEqual(
        config.contexts.map((one) => one.settings()),
      );
    }),
    { numRuns: 2_000 },
  );
});

test('whatever the bytes, they are read or refused with an error of ours', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const config = readable(bytes);
      if (config !== undefined) expect(Buffer.from(config.toYaml())).toEqual(Buffer.from(bytes));
    }),
    { numRuns: 1_000 },
  );
});
