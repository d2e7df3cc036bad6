import type { Machine } from '../../base/machine.js';
import { defineTopic } from '../../base/topic.js';

/** The API server of a control plane. Its pod, when there is one, says how it is. */
export const apiServer = defineTopic({
  name: 'api-server',
  lifetime: 'boot',
  create: (_: Machine) => ({ isReady: false }),
});
