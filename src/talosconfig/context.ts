import type { Place } from './place.js';
import type { BasicAuth } from './settings.js';

/**
 * How a context proves who the caller is: with requests signed for Omni (`siderov1`), a user name
 * and password (`basic`, with the certificate too if there is one), a client certificate, or not.
 */
export type Authentication = 'siderov1' | 'basic' | 'certificate' | 'none';

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

/** Says where a key of a context stands. */
export type FindPlace = (key: string) => Place;

/** Key of the method that says where the settings of a context stand. */
export const place: unique symbol = Symbol('talos-client.place');

/**
 * One context of a talosconfig: where a cluster is and how to get in. Holds keys and passwords, but
 * shows none when it is logged, inspected or turned into JSON; `settings()` gives them.
 */
export class TalosconfigContext {
  /** The name it is chosen by. */
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
  readonly #place: FindPlace;

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
    this.#place = findPlace;
  }

  /** All settings, with keys and passwords: what `withContext` of another talosconfig takes. */
  settings(): StoredSettings {
    return this.#settings;
  }

  /** @internal */
  [place](key: string): Place {
    return this.#place(key);
  }
}

function authentication({ identity, basic, crt, key }: StoredSettings): Authentication {
  if (identity !== undefined) return 'siderov1';
  if (basic !== undefined) return 'basic';
  return crt === undefined && key === undefined ? 'none' : 'certificate';
}
