import { fieldName } from './naming.js';
import type { Comments } from './protos/comments.js';
import type { Schema } from './schema.js';

/**
 * The comments with fields under the names they have in TypeScript, since that is where they are
 * read: `query_local` in backticks becomes `queryLocal`. Other words stay as they are.
 */
export function respell(comments: Comments, schema: Schema): Comments {
  const fields = new Set(
    [...schema.typeNames()].flatMap((name) =>
      (schema.type(name).message?.fields ?? []).map((field) => field.name),
    ),
  );
  const spell = (text: string): string =>
    text.replace(/`((?:\w+\.)*)([a-z]\w*_\w+)`/g, (whole, owner: string, name: string) =>
      fields.has(name) ? `\`${owner}${fieldName(name)}\`` : whole,
    );
  return new Map([...comments].map(([name, text]) => [name, spell(text)]));
}
