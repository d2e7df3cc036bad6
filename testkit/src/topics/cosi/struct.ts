import type { Struct, Value } from '../../../generated/definitions/shared.js';

/** What can be written in JSON. */
export type Json =
  | null
  | string
  | number
  | boolean
  | readonly Json[]
  | { readonly [key: string]: Json };

/** An object as it stands in JSON. */
export type JsonObject = { readonly [key: string]: Json };

/** The message `google.protobuf.Struct` of an object. */
export function structMessage(object: JsonObject): Struct {
  return {
    fields: Object.fromEntries(
      Object.entries(object).map(([key, value]) => [key, valueMessage(value)]),
    ),
  };
}

function valueMessage(value: Json): Value {
  if (value === null) return { kind: { case: 'nullValue', value: 'NULL_VALUE' } };
  if (typeof value === 'string') return { kind: { case: 'stringValue', value } };
  if (typeof value === 'number') return { kind: { case: 'numberValue', value } };
  if (typeof value === 'boolean') return { kind: { case: 'boolValue', value } };
  if (isList(value))
    return { kind: { case: 'listValue', value: { values: value.map(valueMessage) } } };
  return { kind: { case: 'structValue', value: structMessage(value) } };
}

function isList(value: JsonObject | readonly Json[]): value is readonly Json[] {
  return Array.isArray(value);
}
