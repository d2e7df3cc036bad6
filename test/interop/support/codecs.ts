import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Decode, Encode } from '../../../src/runtime/codec.js';

/** Both halves of the codec of one message type. */
export interface Codec {
  readonly encode: Encode<unknown>;
  readonly decode: Decode<unknown>;
}

const folders = ['../../../generated/messages', '../../../testkit/generated'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);
// The generator says above each codec function which type it is for.
const marked = /\/\*\* (Reads|Writes) an? `([\w.]+)`\.[\s\S]*?\*\/\s*export function (\w+)\(/g;

/** The generated codecs of all message types, by their proto name. */
export async function loadCodecs(): Promise<ReadonlyMap<string, Codec>> {
  const halves = new Map<string, { encode?: Encode<unknown>; decode?: Decode<unknown> }>();
  for (const folder of folders) {
    for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!entry.endsWith('.ts')) continue;
      const file = `${folder}/${entry}`;
      const module: Record<string, unknown> = await import(file);
      for (const [, verb, type = '', name = ''] of readFileSync(file, 'utf8').matchAll(marked)) {
        const half = halves.get(type) ?? {};
        halves.set(type, half);
        if (verb === 'Reads') half.decode = module[name] as Decode<unknown>;
        else half.encode = module[name] as Encode<unknown>;
      }
    }
  }
  return new Map(
    [...halves].map(([type, { encode, decode }]) => {
      if (encode === undefined || decode === undefined) {
        throw new Error(`${type} has only one half of its codec`);
      }
      return [type, { encode, decode }];
    }),
  );
}
