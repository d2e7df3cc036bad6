import { missingComments } from './comments.js';
import { ContractError } from './contract-error.js';
import { readTree } from './update.js';

/** `tsx codegen/protos/check-comments.ts [DIR]`: lists what owes a comment; exit code 1 if any. */
function main(tree: string): number {
  const state = readTree(tree);
  if (state === undefined) {
    console.error(`${tree}: holds no .proto file`);
    return 1;
  }
  const missing = missingComments(state.contract, state.comments);
  for (const { kind, name, file } of missing) {
    console.error(`${tree}/${file}: ${kind} ${name} has no comment`);
  }
  return missing.length === 0 ? 0 : 1;
}

try {
  process.exitCode = main(process.argv[2] ?? 'proto');
} catch (error) {
  if (!(error instanceof ContractError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
