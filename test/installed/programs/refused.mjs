// A client over a carrier that the runtime cannot run. Usage: refused.mjs <talosconfig>
import { createTalosClient } from 'talos-client';
import { loadTalosconfig } from 'talos-client/talosconfig';

const options = await loadTalosconfig({ path: process.argv[2] });
try {
  createTalosClient(options);
} catch (error) {
  console.log('caught', error.code, error.message);
}
