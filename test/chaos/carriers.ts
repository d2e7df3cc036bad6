import { createTalosClient as overHttp2 } from '../../src/http2.js';
import { createTalosClient as overGrpc } from '../../src/index.js';

/** What makes clients, by what carries their calls. */
export const clients = { 'grpc-js': overGrpc, http2: overHttp2 };

/** What carries the calls. */
export type Carrier = keyof typeof clients;
