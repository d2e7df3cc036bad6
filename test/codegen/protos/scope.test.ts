import { expect, test } from 'vitest';
import { Scope } from '../../../codegen/protos/scope.js';
import { contractOf } from './support.js';

const message = (name: string) => ({ name, fields: [] });

/** Packages that shadow each other: `resource` and `time` are also the ends of longer ones. */
const scope = new Scope(
  contractOf(
    { path: 'a.proto', package: 'resource', messages: [message('resource.Item')] },
    {
      path: 'b.proto',
      package: 'talos.resource.time',
      messages: [
        message('talos.resource.time.Spec'),
        message('talos.resource.time.Spec.Mode'),
        message('talos.resource.time.Spec.Inner'),
        message('talos.resource.time.Spec.Inner.Level'),
        message('talos.resource.time.Level'),
        message('talos.resource.time.Status'),
        message('talos.resource.time.repeated'),
      ],
    },
    {
      path: 'c.proto',
      package: 'time',
      messages: [message('time.Time'), message('time.common')],
    },
    { path: 'd.proto', package: 'common', messages: [message('common.Metadata')] },
    { path: 'e.proto', package: '', messages: [message('Top')] },
  ).files,
);

const spec = 'talos.resource.time.Spec';

test.each([
  ['talos.resource.time.Spec.Mode', spec, 'Mode'],
  ['talos.resource.time.Spec.Mode', 'talos.resource.time.Status', 'Spec.Mode'],
  ['talos.resource.time.Spec', spec, 'Spec'],
  ['common.Metadata', spec, 'common.Metadata'],
  ['Top', spec, 'Top'],
  // `resource` and `time` are found in `talos` and `talos.resource` before the root.
  ['resource.Item', spec, '.resource.Item'],
  ['time.Time', spec, '.time.Time'],
  ['resource.Item', 'common.Metadata', 'resource.Item'],
  // The message `time.common` hides the package.
  ['common.Metadata', 'time.Time', '.common.Metadata'],
  // By the rule, `Level` is that of the package; protobufjs looks into `Inner` first.
  ['talos.resource.time.Level', spec, '.talos.resource.time.Level'],
  ['talos.resource.time.Level', 'talos.resource.time.Status', 'Level'],
  // A keyword cannot stand where a type is expected.
  ['talos.resource.time.repeated', spec, '.talos.resource.time.repeated'],
])('%s inside %s is written %s', (target, inside, written) => {
  expect(scope.spell(target, inside)).toBe(written);
  expect(scope.resolveType(written, inside)).toBe(target);
});

test('the innermost scope that knows the first part decides, even if the rest is not there', () => {
  expect(scope.resolveType('time.Time', spec)).toBeUndefined();
  expect(scope.resolveType('resource.Item', 'talos.resource.time')).toBeUndefined();
  expect(scope.resolveType('Spec.Missing', spec)).toBeUndefined();
});
