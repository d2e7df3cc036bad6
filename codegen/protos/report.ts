import type { Change, Effect, ElementKind } from './changes.js';

/** What somebody has to act upon comes first: breaks, then RPCs that went. */
const order: readonly Effect[] = ['breaks', 'gone', 'compatible', 'changed', 'came'];

const plurals: Readonly<Record<ElementKind, string>> = {
  file: 'files',
  extension: 'extensions',
  service: 'services',
  rpc: 'RPCs',
  message: 'messages',
  field: 'fields',
  enum: 'enums',
  value: 'enum values',
};

/**
 * Prints changes one a line, what breaks the wire first and in capitals, then the RPCs that went,
 * at the end the totals.
 *
 * Fields and enum values are counted in messages and enums that both contracts have.
 */
export function reportLines(changes: readonly Change[]): string[] {
  if (changes.length === 0) return ['No fact changed.'];
  const lines = order.flatMap((effect) =>
    changes
      .filter((change) => change.effect === effect)
      .sort((a, b) => Number(b.kind === 'rpc') - Number(a.kind === 'rpc'))
      .map(line),
  );
  const kinds = Object.keys(plurals) as ElementKind[];
  const totals = kinds.flatMap((kind) => {
    const count = (effect: Effect) =>
      changes.filter((change) => change.kind === kind && change.effect === effect).length;
    const parts = [`+${count('came')}`, `-${count('gone')}`];
    if (count('compatible') > 0) parts.push(`${count('compatible')} with a compatible type`);
    if (count('changed') > 0) parts.push(`${count('changed')} changed`);
    if (count('breaks') > 0) parts.push(`${count('breaks')} BREAK THE WIRE`);
    const any = changes.some((change) => change.kind === kind);
    return any ? [`${plurals[kind]}: ${parts.join(', ')}`] : [];
  });
  return [...lines, '', ...totals];
}

function line({ effect, kind, name, detail }: Change): string {
  const word = effect === 'breaks' ? 'BREAKS' : effect;
  const start = `${word.padEnd(10)} ${kind.padEnd(9)} ${name}`;
  return detail === '' ? start : `${start}: ${detail}`;
}
