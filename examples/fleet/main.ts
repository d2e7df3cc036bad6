// Upgrades a fleet of simulated clusters, and goes on where it was when it is started again.
// Run: npm run fleet
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { journalRunner } from 'talos-client/fleet';
import { readTalosconfig } from 'talos-client/talosconfig';
import { type Door, enterWorld, filesOf } from './door.js';
import { judge } from './report.js';
import { type Screen, screenFor } from './screen.js';
import { clustersOf, follow, inputFor, RUN, upgradeFrom, VERSION } from './upgrade.js';

const usage = `Usage: npm run fleet [-- --folder DIR]

Upgrades six simulated clusters of four nodes: one at first, then three at a time. End it with Ctrl-C or
kill -9, and start it again: it goes on.

  --folder DIR  where its files are (default: .fleet)
  --help        print this
`;
