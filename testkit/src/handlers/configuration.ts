import { toMs } from 'talos-client';
import type {
  ApplyConfigurationRequest_Mode,
  ConfigurationMethods,
} from 'talos-client/configuration';
import { controlPlaneOnly } from '../base/calls/control-plane-only.js';
import type { HandlersOf } from '../base/calls/rpc.js';
import { ServerStatus } from '../base/calls/status.js';
import { talosconfigFields } from '../base/pki/index.js';
import { talosconfigText } from '../base/pki/talosconfig.js';
import { applying } from '../topics/config/apply.js';
import { config } from '../topics/config/config.js';

/** How long a configuration is tried when the caller does not say. */
const TRY_MS = 60_000;

const modes: ReadonlySet<unknown> = new Set<ApplyConfigurationRequest_Mode>([
  'REBOOT',
  'AUTO',
  'NO_REBOOT',
  'STAGED',
  'TRY',
]);

/** The machine configuration, and certificates for clients. */
export const configurationHandlers: HandlersOf<ConfigurationMethods> = {
  apply({ machine, signal }, { data, mode, dryRun, tryModeTimeout }) {
    if (!modes.has(mode)) throw new ServerStatus('unimplemented', `unknown mode ${mode}`);
    return machine.state(applying).apply(
      {
        text: Buffer.from(data).toString(),
        mode: mode as ApplyConfigurationRequest_Mode,
        dryRun,
        tryTimeoutMs: tryModeTimeout === undefined ? TRY_MS : toMs(tryModeTimeout),
      },
      signal,
    );
  },

  async generateClientConfiguration({ machine, method }, { roles, crtTtl }) {
    const lifetimeMs = crtTtl === undefined ? 0 : toMs(crtTtl);
    if (lifetimeMs <= 0) {
      throw new ServerStatus('invalid-argument', 'crt_ttl should be positive');
    }
    const trust = machine.identity?.trust;
    if (trust === undefined) throw controlPlaneOnly(method);
    const authority = await trust.authority();
    const ca = await trust.accepted();
    const client = authority.issueClient({ roles, lifetimeMs });
    const clusterName = machine.state(config).active?.node?.clusterName ?? machine.cluster.name;
    const text = talosconfigText({
      context: contextName(roles, clusterName),
      fields: talosconfigFields(ca, client),
    });
    return {
      ca: Buffer.from(ca),
      crt: Buffer.from(client.cert),
      key: Buffer.from(client.key),
      talosconfig: Buffer.from(text),
    };
  },
};

/** `reader@cluster` for one role, else the name of the cluster. */
function contextName(roles: readonly string[], cluster: string): string {
  const [role] = roles;
  return role === undefined || roles.length > 1 ? cluster : `${role.replace('os:', '')}@${cluster}`;
}
