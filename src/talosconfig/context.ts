import { anything } from '../runtime/arguments/kinds.js';
import type { Shape } from '../runtime/arguments/options.js';
import type { FindPlace, Place } from './place.js';

/**
 * How a context proves who the caller is: with requests signed for Omni (`siderov1`), with a user
 * name and password (`basic`; also with a client certificate if there is one), with a client
 * certificate alone (`certificate`), or not at all (`none`).
 */
export type Authentication = 'siderov1' | 'basic' | 'certificate' | 'none';

/** A user name and password, for a proxy in front of Talos that asks for them. */
export interface BasicAuth {
  readonly username: string;
  readonly password: string;
}

/** The settings of a context as a file holds them. Printing it shows keys and passwords. */
export interface StoredSettings {
  readonly endpoints: readonly string[];
  readonly nodes: readonly string[];
  /** The CA certificates, base64 of PEM. Absent: the roots of the system. */
  readonly ca: string | undefined;
  /** The client certificate, base64 of PEM. */
  readonly crt: string | undefined;
  /** The private key of the client certificate, base64 of PEM. */
  readonly key: string | undefined;
  readonly basic: BasicAuth | undefined;
  readonly identity: string | undefined;
  readonly cluster: string | undefined;
  /** `direct`, or the URL of a proxy, which may hold a password. Absent: as the environment says. */
  readonly proxy: string | undefined;
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
  /** The private key of the client certificate: PEM text, its bytes, or base64 of it. */
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

/** Only the names are checked here; writing a setting checks its value. */
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

/** Key of the method that says where the settings of a context are. */
export const placeOf: unique symbol = Symbol('talos-client.placeOf');

/**
 * One context of a talosconfig: where a cluster is and how to get in. It holds keys and passwords,
 * but shows none when it is logged, inspected or turned into JSON; `settings()` returns them.
 */
export class TalosconfigContext {
  /** The name that selects it. */
  readonly name: string;
  /** Where to connect, as written; the endpoint of a deprecated `target` key comes last. */
  readonly endpoints: readonly string[];
  /** The nodes that commands act on when they are given none. */
  readonly nodes: readonly string[];
  readonly authentication: Authentication;
  /** The e-mail address of the Omni user or service account that signs the requests. */
  readonly identity: string | undefined;
  /** The Omni cluster that the requests are for. */
  readonly cluster: string | undefined;
  readonly #settings: StoredSettings;
  readonly #findPlace: FindPlace;

  /** @internal */
  constructor(name: string, settings: StoredSettings, findPlace: FindPlace) {
    this.name = name;
    this.endpoints = Object.freeze([...settings.endpoints]);
    this.nodes = Object.freeze([...settings.nodes]);
    this.authentication = authentication(settings);
    this.identity = settings.identity;
    this.cluster = settings.cluster;
    this.#settings = Object.freeze({
      ...settings,
      endpoints: this.endpoints,
      nodes: this.nodes,
      basic: settings.basic && Object.freeze({ ...settings.basic }),
    });
    this.#findPlace = findPlace;
  }

  /** All settings, with keys and passwords: what `withContext` of another talosconfig takes. */
  settings(): StoredSettings {
    return this.#settings;
  }

  /** @internal */
  [placeOf](key: string): Place {
    return this.#findPlace(key);
  }
}

function authentication({ identity, basic, crt, key }: StoredSettings): Authentication {
  if (identity !== undefined) return 'siderov1';
  if (basic !== undefined) return 'basic';
  return crt === undefined && key === undefined ? 'none' : 'certificate';
}
