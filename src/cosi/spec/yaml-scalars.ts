import {
  canonicalAddress,
  canonicalAddressAndPort,
  canonicalHardwareAddress,
  canonicalPrefix,
} from '../../machine-config/scalars/address.js';
import { parseDuration } from '../../machine-config/scalars/duration.js';
import type { Flags, Scalar, Words } from './shape.js';
import { timeTextOf } from './time.js';
import { readWord } from './words.js';

/** What a scalar of YAML becomes; absent where it does not fit its shape. */
export function readYamlScalar(
  text: string,
  shape: Scalar | Words | Flags,
): string | number | bigint | boolean | readonly string[] | undefined {
  if (typeof shape === 'object') {
    if ('words' in shape) return readWord(shape, text);
    return text === '' ? [] : text.split(',');
  }
  switch (shape) {
    case 'bool':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'double':
      return double(text);
    case 'int32':
    case 'uint32':
    case 'integer':
    case 'int64':
    case 'uint64':
      return integer(text, shape);
    case 'address':
      return orNone(text, canonicalAddress);
    case 'prefix':
      return orNone(text, canonicalPrefix);
    case 'endpoint':
      return orNone(text, canonicalAddressAndPort);
    case 'mac':
      return orNone(text, canonicalHardwareAddress);
    case 'time':
      return timeTextOf(text);
    case 'duration':
      return milliseconds(text);
    case 'pem':
      return Buffer.from(text, 'base64').toString();
    default:
      return text;
  }
}

/** Empty stands for an address that is not set. */
function orNone(text: string, read: (text: string) => string | undefined): string | undefined {
  return text === '' ? '' : read(text);
}

function milliseconds(text: string): number | undefined {
  const nanoseconds = parseDuration(text);
  return nanoseconds === undefined ? undefined : Number(nanoseconds) / 1e6;
}

const doubles: Readonly<Record<string, number>> = {
  '.nan': Number.NaN,
  '.inf': Number.POSITIVE_INFINITY,
  '-.inf': Number.NEGATIVE_INFINITY,
};

function double(text: string): number | undefined {
  if (/^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(text)) return Number(text);
  return doubles[text.toLowerCase()];
}

const ranges = {
  int32: [-(2n ** 31n), 2n ** 31n],
  uint32: [0n, 2n ** 32n],
  integer: [1n - 2n ** 53n, 2n ** 53n],
  int64: [-(2n ** 63n), 2n ** 63n],
  uint64: [0n, 2n ** 64n],
} as const;

function integer(text: string, type: keyof typeof ranges): number | bigint | undefined {
  if (!/^-?\d{1,20}$/.test(text)) return undefined;
  const value = BigInt(text);
  const [from, to] = ranges[type];
  if (value < from || value >= to) return undefined;
  return type.endsWith('64') ? value : Number(value);
}
