import { dbosRunner } from '../../../src/fleet/dbos/index.js';
import { runnerCases } from '../cases.js';

runnerCases('DBOS', (database, flows) => dbosRunner({ database, flows, worker: 'slot-0' }));
