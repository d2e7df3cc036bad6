import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { unquoted, yamlText } from '../../../testkit/src/topics/cosi/yaml.js';

// Go: double quotes for what would be read as something else, single ones where the text needs them.
describe('the YAML of a spec', () => {
  it.each([
    ['', '""'],
    ['plain', 'plain'],
    ['hello world', 'hello world'],
    ['true', '"true"'],
    ['yes', "'yes'"],
    ['off', "'off'"],
    ['y', "'y'"],
    ['null', '"null"'],
    ['~', '"~"'],
    ['1', '"1"'],
    ['1e3', '"1e3"'],
    ['0x1f', '"0x1f"'],
    ['1_000', '"1_000"'],
    ['02:00:10:05:00:02', "'02:00:10:05:00:02'"],
    ['02:00:0a:05:00:02', '02:00:0a:05:00:02'],
    ['10.5.0.2', '10.5.0.2'],
    ['v1.14.0', 'v1.14.0'],
    ['2026-01-02', '"2026-01-02"'],
    ['2026-01-02T03:04:05Z', '"2026-01-02T03:04:05Z"'],
    ['<<', "'<<'"],
    ['#c', "'#c'"],
    ['x #c', "'x #c'"],
    ['- x', "'- x'"],
    ['trailing ', "'trailing '"],
    ["'q'", "'''q'''"],
    ['"d"', '\'"d"\''],
    ['ünï', 'ünï'],
    ['enabled, permissive', 'enabled, permissive'],
  ])('writes %j as %s', (text, yaml) => {
    expect(yamlText({ key: text })).toBe(`key: ${yaml}\n`);
  });

  it('leaves times alone that are no texts', () => {
    expect(yamlText({ at: unquoted('2026-01-02T03:04:05Z') })).toBe('at: 2026-01-02T03:04:05Z\n');
  });

  it('quotes the texts of Talos, in samples that official code wrote, as that code does', () => {
    let compared = 0;
    for (const line of readFileSync('test/cosi/vectors/v1.14.ndjson', 'utf8').split('\n')) {
      if (line === '') continue;
      const { yaml } = JSON.parse(line) as { readonly yaml: string };
      // Flat ones: Go and this writer indent lists in lists differently.
      if (!/^(\w+: [^\n|>]*\n)+$/.test(yaml) || /: (\d{4}-\d\d-\d\dT|[-\d.]+e)/.test(yaml))
        continue;
      expect(yamlText(parse(yaml, { intAsBigInt: true }))).toBe(yaml);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(50);
  });
});
