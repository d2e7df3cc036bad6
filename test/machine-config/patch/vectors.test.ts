import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MachineConfigError } from '../../../src/machine-config/error.js';
import { formatMachineConfig } from '../../../src/machine-config/format-config.js';
import { parseMachineConfig } from '../../../src/machine-config/parse/parse.js';
import { patchMachineConfig } from '../../../src/machine-config/patch/patch-machine-config.js';

interface Vector {
  readonly Name: string;
  readonly Base: string;
  readonly Patch: string;
  readonly Result: string;
  readonly LoadError: string;
  readonly ApplyError: string;
}

const { bases, cases } = JSON.parse(
  readFileSync(new URL('../vectors/patches.json', import.meta.url), 'utf8'),
) as { bases: Record<string, string>; cases: Vector[] };

function baseOf({ Base }: Vector) {
  return parseMachineConfig(bases[Base] ?? '');
}

/** What Talos erases although the patch says nothing of it, and what stands there instead. */
const kept: Record<string, readonly [erased: string, kept: string]> = {
  'volume-grow-loses-selector': [
    'provisioning:\n    grow: true\n    maxSize: 50%\n',
    'provisioning:\n    diskSelector:\n        match: disk.transport == "nvme"\n    grow: true\n    minSize: 10GB\n    maxSize: 50%\n',
  ],
  'volume-minsize-loses-selector': [
    'provisioning:\n    minSize: 20GB\n',
    'provisioning:\n    diskSelector:\n        match: disk.transport == "nvme"\n    minSize: 20GB\n',
  ],
  'volume-mount-loses-provisioning': [
    'provisioning:\n    maxSize: 50%\n',
    'provisioning:\n    diskSelector:\n        match: disk.transport == "nvme"\n    minSize: 10GB\n    maxSize: 50%\n',
  ],
  'uservolume-type': [
    'name: u1\nfilesystem:\n',
    'name: u1\nprovisioning:\n    diskSelector:\n        match: disk.transport == "sata"\n    minSize: 1GB\nfilesystem:\n',
  ],
};

function wanted({ Name, Result }: Vector): string {
  const [erased, instead] = kept[Name] ?? ['', ''];
  expect(Result).toContain(erased);
  return Result.replace(erased, instead);
}

it('there are seventy cases', () => {
  expect(cases).toHaveLength(70);
});

describe('Talos and the library patch alike', () => {
  const strategic = cases.filter(({ Name, Result }) => Result !== '' && !Name.startsWith('json-'));

  it.each(strategic.map((vector) => [vector.Name, vector] as const))('%s', (_, vector) => {
    const patched = patchMachineConfig(baseOf(vector), [vector.Patch]);
    expect(formatMachineConfig(patched)).toBe(wanted(vector));
  });
});

describe('Talos and the library apply JSON patches alike', () => {
  const json = cases.filter(({ Name, Result }) => Result !== '' && Name.startsWith('json-'));
  // Keys that Talos does not know, and a text that is no configuration any more.
  const unreadable: Record<string, object> = {
    'json-unknown-key-passes': { machine: { nope: 1 } },
    'json-big-integer': { machine: { nope: 9007199254740993n } },
    'json-replace-root': { version: 'v1alpha1' },
  };

  it.each(json.map((vector) => [vector.Name, vector] as const))('%s', (name, vector) => {
    const patched = patchMachineConfig(baseOf(vector), [vector.Patch]);
    const rest = unreadable[name];
    if (rest === undefined) {
      expect(patched.documents).toEqual(parseMachineConfig(vector.Result).documents);
    } else {
      expect(patched.documents).toMatchObject([rest]);
      expect(Object.keys(patched.documents[0] ?? {}).sort()).toEqual(
        vector.Result.match(/^\w+/gm)?.sort(),
      );
    }
  });
});

describe('Talos and the library refuse with the same words', () => {
  const refused = cases.filter(({ Result }) => Result === '');

  it.each(refused.map((vector) => [vector.Name, vector] as const))('%s', (_, vector) => {
    const { LoadError, ApplyError } = vector;
    try {
      patchMachineConfig(baseOf(vector), [vector.Patch]);
    } catch (error) {
      if (!(error instanceof MachineConfigError)) throw error;
      expect(error.problems[0]?.message).toBe(LoadError || ApplyError);
      return;
    }
    expect.unreachable('the patch was applied');
  });
});
