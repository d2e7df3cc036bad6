import { anything } from '../runtime/arguments/kinds.js';
import type { Shape } from '../runtime/arguments/options.js';

/** A user name and password, for a proxy in front of Talos that asks for them. */
export interface BasicAuth {
  readonly username: string;
  readonly password: string;
}

/** What to put into a context. */
export interface ContextSettings {
  /** Where to connect: control planes, as host, IP, `host:port` or `https://host`. */
  readonly endpoints: readonly string[];
  /** The nodes that commands act on when they are given none: addresses without a port. */
  readonly nodes?: readonly string[] | undefined;
  /** The cluster's CA certificates: PEM text, its bytes, or base64 of it. */
  readonly ca?: string | Uint8Array | undefined;
  /** The client certificate: PEM text, its bytes, or base64 of it. */
  readonly crt?: string | Uint8Array | undefined;
  /** The key of the client certificate: PEM text, its bytes, or base64 of it. */
  readonly key?: string | Uint8Array | undefined;
  /** A user name and password to send with every call. */
  readonly basic?: BasicAuth | undefined;
  /** The e-mail address of an Omni user or service account that signs its requests. */
  readonly identity?: string | undefined;
  /** The Omni cluster that the requests are for. */
  readonly cluster?: string | undefined;
  /** `direct`, or the URL of an http, https or socks5 proxy. */
  readonly proxy?: string | undefined;
}

/** What each may be is looked at where it is written. */
export const settingsShape: Shape<ContextSettings> = {
  endpoints: anything,
  nodes: anything,
  ca: anything,
  crt: anything,
  key: anything,
  basic: anything,
  identity: anything,
  cluster: anything,
  proxy: anything,
};

/**
 * Changes to a context. A setting that is left out or `undefined` stays as it is, `null` removes
 * it, and a list is replaced as a whole.
 */
export type ContextChanges = {
  readonly [Key in keyof ContextSettings]?:
    | ContextSettings[Key]
    | (Key extends 'endpoints' ? undefined : null | undefined);
};
