import { badAnswers } from './answers.js';
import type { Behaviour } from './behaviour.js';
import { floods } from './floods.js';
import { badFrames } from './frames.js';
import { ends, goaways, resets, silence } from './moments.js';

export { type Behaviour, good, hello } from './behaviour.js';

/** Every behaviour of a broken or malicious server that calls are made against. */
export const behaviours: readonly Behaviour[] = [
  ...silence,
  ...ends,
  ...resets,
  ...goaways,
  ...badFrames,
  ...floods,
  ...badAnswers,
];
