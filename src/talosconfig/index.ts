export type { ClientOptionsInit, TalosconfigClientOptions } from './client-options.js';
export { clientOptions } from './client-options.js';
export type {
  Authentication,
  BasicAuth,
  ContextChanges,
  ContextSettings,
  StoredSettings,
  TalosconfigContext,
} from './context.js';
export { type Environment, type FindOptions, findTalosconfig } from './find.js';
export type { ContextRename } from './merge.js';
export {
  type LoadOptions,
  loadTalosconfig,
  type ParseOptions,
  parseTalosconfig,
  readTalosconfig,
} from './read.js';
export { type SaveOptions, saveTalosconfig } from './save.js';
export type { SigningOptions } from './signing.js';
export type { Talosconfig } from './talosconfig.js';
export { updateTalosconfig } from './update.js';
