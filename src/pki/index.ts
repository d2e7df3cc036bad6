export {
  type Authority,
  createAuthority,
  createRoot,
  type Issued,
  openAuthority,
  type Root,
  type RootOptions,
  rootId,
} from './authority.js';
export { generateKey, generateRsaKey, keyPem } from './keys.js';
export { signRequest } from './request.js';
export { lifetimes, type ValidityOptions } from './validity.js';
