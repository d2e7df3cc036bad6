// Removes what was built of the package in this folder.
import { rmSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });
