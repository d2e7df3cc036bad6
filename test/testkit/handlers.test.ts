import { expect, it } from 'vitest';
import { serverMethods } from '../../testkit/generated/methods.js';
import { handlerFor } from '../../testkit/src/handlers/index.js';

it('each of the 81 RPCs of Talos has a handler of its own', () => {
  const handlers = serverMethods.map(({ method }) => handlerFor(method));
  expect(new Set(handlers).size).toBe(81);
});
