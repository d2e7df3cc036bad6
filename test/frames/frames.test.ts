import { expect, it } from 'vitest';
import { hold, isMixed, seedOf } from './hold.js';

/** How many conversations are held here: `npm run test:frames` holds a million. */
const COUNT = 20_000;

it('whatever a peer sends, nothing throws, every call ends once, and nothing is kept', async () => {
  const held = { ends: 0, broken: 0 };
  for (let round = 0; round < COUNT; round += 1) await hold(seedOf(1, round), held);
  expect(isMixed(held, COUNT)).toBe(true);
}, 60_000);
