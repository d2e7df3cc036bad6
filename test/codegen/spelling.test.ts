import { expect, it } from 'vitest';
import { loadTree } from '../../codegen/load.js';
import { Schema } from '../../codegen/schema.js';
import { respell } from '../../codegen/spelling.js';

const schema = new Schema(loadTree('proto').contract);

function spell(text: string): string | undefined {
  return respell(new Map([['machine.X', text]]), schema).get('machine.X');
}

it('comments name fields as TypeScript has them, and leave other words alone', () => {
  expect(spell('With `query_local` or `EventsRequest.tail_events`.')).toBe(
    'With `queryLocal` or `EventsRequest.tailEvents`.',
  );
  expect(spell('query_local, `os:meta:writer`, `no_such_field`, `NS_CRI`')).toBe(
    'query_local, `os:meta:writer`, `no_such_field`, `NS_CRI`',
  );
});
