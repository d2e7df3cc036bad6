// What stands for `src/runtime/client.js` where tests run over HTTP/2 framed here.

export {
  type ConnectOptions,
  createTalosClient,
  type TalosClientOptions,
} from '../../../src/runtime/http2-client.js';
export type { TalosClient } from '../../../src/runtime/talos-client.js';
