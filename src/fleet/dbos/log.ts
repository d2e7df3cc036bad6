import type { DBOSConfig } from '@dbos-inc/dbos-sdk';
import type { Logger } from '../../observability/logging/index.js';

/** What DBOS writes its lines to. */
export type DbosLogger = NonNullable<DBOSConfig['logger']>;

/**
 * The lines of DBOS for a logger of ours. What it calls information is for those who look into it, and
 * failed flows are no errors of the program: who waits for a run is told.
 */
export function dbosLogger(logger: Logger): DbosLogger {
  return {
    debug: (entry) => logger.debug({}, `DBOS: ${entry}`),
    info: (entry) => logger.debug({}, `DBOS: ${entry}`),
    warn: (entry) => logger.warn({}, `DBOS: ${entry}`),
    error: (entry) => logger.warn({}, `DBOS: ${entry}`),
  };
}
