import { defineTopic } from '../../topic.js';
import type { Machine } from '../machine.js';

/** The API server of a control plane. Its pod, when there is one, says how it is. */
export const apiServer = defineTopic({
  name: 'api-server',
  lifetime: 'boot',
  create: (_: Machine) => ({ isReady: false }),
});
