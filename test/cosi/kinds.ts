import { readdirSync } from 'node:fs';
import type { AnyKind } from '../../src/cosi/kind.js';

/** Every kind of the contract, by type. */
export const kinds: ReadonlyMap<string, AnyKind> = new Map(
  (
    await Promise.all(
      readdirSync('generated/cosi/kinds').map(
        (file) => import(new URL(`../../generated/cosi/kinds/${file}`, import.meta.url).href),
      ),
    )
  )
    .flatMap((module) => Object.values(module as Record<string, unknown>))
    .filter(isKind)
    .map((kind) => [kind.type, kind]),
);

function isKind(value: unknown): value is AnyKind {
  return typeof value === 'object' && value !== null && 'type' in value && 'sensitive' in value;
}
