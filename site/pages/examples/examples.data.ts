import { examples } from '../../examples.js';

/** What the list of examples shows. */
export default {
  load: () => examples().map(({ name, what }) => ({ name, what })),
};
