export type { DecodedEvent, EventPayload } from '../events/decode-event.js';
export type { Disconnected, Rebooted, ReconnectOptions } from '../reconnect/index.js';
export { type FollowEventsRequest, followEvents } from './follow-events.js';
export { type FollowKernelLogRequest, followKernelLog } from './follow-kernel-log.js';
export { type FollowLogsOptions, type FollowLogsRequest, followLogs } from './follow-logs.js';
export type {
  Connected,
  FollowedEvent,
  FollowedLine,
  FollowedRecord,
  FollowMark,
  Gap,
} from './items.js';
export type { FollowOptions } from './options.js';
