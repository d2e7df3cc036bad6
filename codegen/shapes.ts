import type { FieldFacts, MethodFacts } from './protos/contract.js';
import type { Schema } from './schema.js';

/** How the reply on the wire becomes what the caller gets; `type` is absent when that is nothing. */
export interface ReplyShape {
  readonly unwrap: 'none' | 'message' | 'acknowledgement' | 'empty' | 'item' | 'bytes';
  readonly type: string | undefined;
}

/** Recognises envelopes, acknowledgements, byte streams and items by their fields, never by name. */
export function replyShape(schema: Schema, method: MethodFacts): ReplyShape {
  const { output } = method;
  const { fields } = schema.message(output);
  if (method.serverStreaming) {
    if (isBytesCarrier(schema, output)) return { unwrap: 'bytes', type: output };
    return { unwrap: hasMetadata(schema, output) ? 'item' : 'none', type: output };
  }
  if (fields.length === 0) return { unwrap: 'empty', type: undefined };
  const [only] = fields;
  const isEnvelope =
    fields.length === 1 &&
    only?.name === 'messages' &&
    only.label === 'repeated' &&
    only.number === 1;
  if (!isEnvelope || !hasMetadata(schema, only.type)) return { unwrap: 'none', type: output };
  return schema.message(only.type).fields.length === 1
    ? { unwrap: 'acknowledgement', type: undefined }
    : { unwrap: 'message', type: only.type };
}

/** Whether a message is a piece of bytes and at most the failure of a node besides. */
export function isBytesCarrier(schema: Schema, message: string): boolean {
  const { fields } = schema.message(message);
  const bytes = fields.filter(({ name, type, label }) => {
    return name === 'bytes' && type === 'bytes' && label === 'singular';
  });
  return bytes.length === 1 && fields.length === 2 && hasMetadata(schema, message);
}

/** Whether field 1 is the node and its failure, as proxies add them to replies. */
function hasMetadata(schema: Schema, message: string): boolean {
  if (!schema.hasType(message)) return false;
  const { fields } = schema.message(message);
  const field = fields.find(({ number }) => number === 1);
  if (field?.name !== 'metadata' || field.label !== 'singular' || field.oneof !== undefined)
    return false;
  if (!schema.hasType(field.type) || schema.type(field.type).message === undefined) return false;
  const parts = schema.message(field.type).fields;
  const has = (name: string, type: string): boolean =>
    parts.some(
      (part: FieldFacts) => part.name === name && part.type === type && part.label === 'singular',
    );
  return has('hostname', 'string') && has('error', 'string');
}
