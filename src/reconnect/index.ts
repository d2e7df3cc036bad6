export { readBootId } from './boot-id.js';
export { Boots, type Rebooted } from './boots.js';
export { GeneratedStream } from './generated-stream.js';
export { checkLastingTarget } from './lasting-target.js';
export { type Connection, type ConnectionEnd, type Disconnected, outlive } from './outlive.js';
export {
  machineParts,
  type ReconnectOptions,
  type ReconnectParts,
  type ReconnectSettings,
  reconnectSettings,
} from './retries.js';
export { sleep } from './sleep.js';
