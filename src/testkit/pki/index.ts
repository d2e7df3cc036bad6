export {
  type Authority,
  type AuthorityOptions,
  type ClientCertificateOptions,
  createAuthority,
  type ServerCertificateOptions,
  type Usage,
} from './authority.js';
export { type Issued, type TalosconfigFields, talosconfigFields } from './issued.js';
export { createMaintenanceCertificate, type MaintenanceOptions } from './maintenance.js';
export { lifetimes, type ValidityOptions } from './validity.js';
