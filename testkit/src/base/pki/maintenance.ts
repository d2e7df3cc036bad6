import { createAuthority, type Issued, type ValidityOptions } from 'talos-client/pki';

/** The certificate of a node in maintenance mode. */
export interface MaintenanceOptions extends ValidityOptions {
  /** The node's addresses and host name; loopback addresses are added. */
  readonly names: readonly string[];
}

/**
 * The certificate of a node in maintenance mode: valid for 24 hours, and issued by a CA made for
 * the occasion, which nobody can get hold of. Clients know it by its `fingerprint` only. Every
 * call makes a new key, as a node does at boot and at renewals.
 */
export function createMaintenanceCertificate({ names, ...dates }: MaintenanceOptions): Issued {
  return createAuthority({ now: dates.now }).issueServer({
    ...dates,
    commonName: 'maintenance-service.talos.dev',
    names: [...new Set([...names, '127.0.0.1', '::1'])],
  });
}
