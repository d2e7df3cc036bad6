import { createRequire } from 'node:module';
import { createContext, Script } from 'node:vm';

/**
 * The one place of a run without code from strings where code may still be made from strings: a
 * context of its own, for tools of the tests that cannot do without. The library does not run in
 * it.
 */
const room = createContext({ Uint8Array }, { codeGeneration: { strings: true, wasm: false } });

/** What the CommonJS file `path` exports when it runs in the room with `requires` at hand. */
export function inRoom(path: string, source: string, requires: (name: string) => unknown): unknown {
  const script = new Script(`(function (module, exports, require) {${source}\n})`, {
    filename: path,
  });
  const module = { exports: {} as unknown };
  script.runInContext(room)(module, module.exports, requires);
  return module.exports;
}

/** `require`, for what is not to be replaced. */
export const plainRequire = createRequire(import.meta.url);
