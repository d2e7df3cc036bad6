export {
  type Authority,
  type ClientCertificateOptions,
  createAuthority,
  createRoot,
  type Issued,
  openAuthority,
  type Root,
  type RootOptions,
  rootId,
  type ServerCertificateOptions,
} from './authority.js';
export { generateKey, generateRsaKey, type KeyKind, keyPem, openKey } from './keys.js';
export { lifetimes, type ValidityOptions } from './validity.js';
