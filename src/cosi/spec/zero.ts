import type { Shape, Structure } from './shape.js';

/** What a value becomes that is not there. Objects are fresh each time. */
export function zeroOf(shape: Shape): unknown {
  if (typeof shape === 'string') return zeroScalar(shape);
  if ('fields' in shape) return zeroStructure(shape);
  if ('words' in shape) return shape.words[0] ?? '';
  if ('flags' in shape || 'list' in shape) return [];
  if ('map' in shape || 'pairs' in shape) return {};
  if ('only' in shape) return zeroOf(shape.only);
  if ('untold' in shape) return zeroOf(shape.untold);
  return undefined;
}

/** A structure with all fields zero, so that all results of a kind have the same keys. */
export function zeroStructure({ fields }: Structure): Record<string, unknown> {
  const zero: Record<string, unknown> = {};
  for (const [name, , , holds] of fields) zero[name] = zeroOf(holds);
  return zero;
}

function zeroScalar(scalar: Shape & string): unknown {
  switch (scalar) {
    case 'bool':
      return false;
    case 'double':
    case 'int32':
    case 'uint32':
    case 'integer':
    case 'duration':
      return 0;
    case 'int64':
    case 'uint64':
      return 0n;
    case 'json':
      return {};
    default:
      return '';
  }
}

/** Whether a value is what `zeroOf` gives for its shape. */
export function isZero(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) {
    return !value || value === undefined;
  }
  if (Array.isArray(value)) return value.length === 0;
  return Object.values(value).every(isZero);
}
