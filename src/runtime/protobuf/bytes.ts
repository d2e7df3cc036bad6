// The getter behind the name of a typed array: it looks at the object itself, so that it knows those
// of other realms, where `instanceof` fails, and nobody can pretend.
const kindOf = /* @__PURE__ */ Object.getOwnPropertyDescriptor(
  /* @__PURE__ */ Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)?.get as (this: unknown) => string | undefined;

/** Whether `value` is a `Uint8Array`, even one of another realm such as `node:vm` or jsdom. */
export function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array || kindOf.call(value) === 'Uint8Array';
}
