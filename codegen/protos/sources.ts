import type { Contract } from './contract.js';

/** Name of the file in a tree that says which releases its facts were read from. */
export const sourcesFile = 'sources.json';

/** The text of `sources.json`: the releases that the facts come from; no date, so that it is stable. */
export function renderSources(contract: Contract): string {
  const facts = { ...contract.source, notEmbedded: contract.notEmbedded };
  return `${JSON.stringify(facts, null, 2)}\n`;
}
