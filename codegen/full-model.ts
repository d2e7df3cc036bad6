import { docComment } from './docs.js';
import { header, Imports } from './imports.js';
import type { FullFile } from './model.js';
import { factoryName, pascalName } from './naming.js';
import type { FeaturePlan, MethodPlan } from './rows.js';
import { TableError } from './table.js';

/** Members of the client itself, which a feature's name would hide. */
const clientMembers: ReadonlySet<string> = new Set([
  'address',
  'certificate',
  'close',
  'constructor',
  'endpoints',
  'node',
  'nodes',
]);

/** The client with every feature in one object. */
export function fullFile(plans: readonly FeaturePlan[], runtimeFolder: string): FullFile {
  const imports = new Imports('full', runtimeFolder);
  const features = plans.map(({ name, row }) => {
    const factory = factoryName(name);
    const client = `${pascalName(name)}Client`;
    if (clientMembers.has(factory)) {
      throw new TableError(`feature "${name}": the client has a member of that name; rename it`);
    }
    imports.value(`features/${name}`, factory);
    imports.value(`features/${name}`, client, 'type ');
    return { doc: docComment(`The ${row.about} calls.`, 2), name: factory, factory, client };
  });
  const calls = plans.flatMap(({ name, methods }) =>
    methods.filter(isSimple).map((method) => `${factoryName(name)}.${method.name}()`),
  );
  return {
    template: 'full',
    path: 'full.ts',
    header: header(plans.flatMap(({ methods }) => methods.map(({ rpc }) => rpc.file.path))),
    imports: imports.list(),
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
