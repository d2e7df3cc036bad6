export {
  type Authority,
  type AuthorityOptions,
  type ClientCertificateOptions,
  createAuthority,
  openAuthority,
  type ServerCertificateOptions,
  type Usage,
} from './authority.js';
export { type Issued, type TalosconfigFields, talosconfigFields } from './issued.js';
export { createMaintenanceCertificate, type MaintenanceOptions } from './maintenance.js';
export { createRoot, type KeyKind, type Root, type RootOptions, rootId } from './root.js';
export { lifetimes, type ValidityOptions } from './validity.js';
