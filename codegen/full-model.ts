import { docComment } from './docs.js';
import { featureNames } from './features-model.js';
import { header } from './header.js';
import type { FullFile } from './model.js';
import type { Problems } from './problems.js';
import type { FeaturePlan, MethodPlan } from './rows.js';
import { use, useType } from './uses.js';

/** Members of the client itself, which a feature's name would hide. */
const clientMembers: ReadonlySet<string> = new Set([
  'address',
  'certificate',
  'close',
  'constructor',
  'endpoints',
  'feature',
  'node',
  'nodes',
  'sibling',
]);

/** The client with every feature in one object. */
export function fullFile(plans: readonly FeaturePlan[], problems: Problems): FullFile {
  const features = plans.map(({ name, row }) => {
    const { factory, client } = featureNames(name);
    if (clientMembers.has(factory)) {
      problems.add(`feature "${name}": the client has a member of that name; rename it`);
    }
    const file = `features/${name}`;
    return {
      doc: docComment(`The ${row.about} calls.`, 2),
      name: factory,
      factory: use(file, factory),
      client: useType(file, client),
    };
  });
  const calls = plans.flatMap(({ name, methods }) =>
    methods.filter(isSimple).map((method) => `${featureNames(name).factory}.${method.name}()`),
  );
  return {
    template: 'full',
    path: 'full.ts',
    header: header(plans.flatMap(({ methods }) => methods.map(({ rpc }) => rpc.file.path))),
    declares: ['FullNode', 'FullNodeSet', 'TalosClient'],
    features,
    example: calls[0] ?? 'close()',
  };
}

/** Whether a call needs nothing said and gives one reply: right for an example. */
function isSimple({ rpc: { method }, row }: MethodPlan): boolean {
  return (
    !method.clientStreaming &&
    !method.serverStreaming &&
    row.idempotency === 'read' &&
    row.required === undefined
  );
}
