import { stringify } from 'yaml';
import type { Machine } from '../../base/machine.js';
import { config } from '../config/config.js';
import { nodeIdOf } from '../cosi/catalogue/discovery.js';
import { services } from '../services/services.js';
import { installation } from '../system/installation.js';
import { type Directory, directory, type FileNode, file, special } from './node.js';

const socket: FileNode = special('socket', 0o660);
const SECRET = { permissions: 0o600 };

/** `/system`: what Talos has for itself. */
export function systemOf(machine: Machine): Directory {
  return directory(
    () => ({
      etc: directory({}),
      libexec: directory({}),
      overlays: directory({}),
      run: runDirectory(machine),
      secrets: secretsOf(machine),
      state: stateOf(machine),
      var: directory({ lib: directory({ containerd: directory({}) }) }),
    }),
    { modifiedAt: machine.bootedAt, label: 'system_u:object_r:system_t:s0' },
  );
}

function runDirectory(machine: Machine): Directory {
  const state = machine.state(services);
  const sockets: Readonly<Record<string, readonly string[]>> = {
    apid: ['apid.sock'],
    containerd: ['containerd.sock'],
    machined: ['machine.sock'],
    trustd: ['runtime.sock'],
  };
  return directory(
    Object.fromEntries(
      Object.entries(sockets)
        .filter(([id]) => state.isRunning(id))
        .map(([id, names]) => [
          id,
          directory(Object.fromEntries(names.map((name) => [name, socket]))),
        ]),
    ),
  );
}

/** The STATE partition, once it is mounted. */
function stateOf(machine: Machine): Directory {
  const label = 'system_u:object_r:system_state_t:s0';
  const text = machine.state(config).persistent?.text;
  if (!machine.state(installation).isInstalled || text === undefined) {
    return directory({}, { label });
  }
  return directory(
    {
      'config.yaml': file(text, SECRET),
      'node-identity.yaml': file(stringify({ nodeId: nodeIdOf(machine) }), SECRET),
      'platform-network.yaml': file('addresses: []\nlinks: []\nroutes: []\n', SECRET),
    },
    { label, permissions: 0o700 },
  );
}

/** What the static pods of a control plane read. */
function secretsOf(machine: Machine): Directory {
  const ca = machine.state(config).active?.node?.kubernetesCa;
  if (machine.type !== 'controlplane' || ca === undefined) return directory({});
  const certificate = { 'ca.crt': file(ca.cert, { permissions: 0o400 }) };
  return directory({
    etcd: directory({}, { permissions: 0o700 }),
    kubernetes: directory({
      'kube-apiserver': directory({ ...certificate, 'ca.key': file(ca.key, SECRET) }),
      'kube-controller-manager': directory({ ...certificate, 'ca.key': file(ca.key, SECRET) }),
      'kube-scheduler': directory(certificate),
    }),
  });
}
