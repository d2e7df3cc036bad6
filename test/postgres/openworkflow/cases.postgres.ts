import { runnerCases } from '../cases.js';
import { openWorkflowRunner } from './engine.js';

runnerCases('OpenWorkflow', (database, flows) => openWorkflowRunner(database, flows, 'slot-0'));
