import type { FieldType } from '../structure/structure.js';

/** Whether Talos takes a value for absent where no pointer tells the two apart. */
export function isZero(value: unknown, type: FieldType): boolean {
  if (value === undefined || value === null || value === '') return true;
  switch (type.kind) {
    case 'string':
      // A duration of nothing has many spellings: `0`, `0s`, `0h0m`.
      return type.format === 'duration'
        ? /^[-+]?[0a-zµμ.]*$/.test(String(value))
        : value === type.zero;
    case 'boolean':
      return value === false;
    case 'integer':
    case 'fileMode':
    case 'diskSize':
      return value === 0 || value === 0n;
    default:
      return false;
  }
}
