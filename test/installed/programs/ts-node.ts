import { parseTalosconfig, type Talosconfig } from 'talos-client/talosconfig';

const config: Talosconfig = parseTalosconfig(
  'context: a\ncontexts: {a: {endpoints: [10.0.0.2]}}\n',
);
console.log(`ts-node ok ${config.context().endpoints.join()}`);
