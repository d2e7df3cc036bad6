export { type Authority, createAuthority, openAuthority } from './authority.js';
export { type Issued, type TalosconfigFields, talosconfigFields } from './issued.js';
export { createMaintenanceCertificate } from './maintenance.js';
export { createRoot, type Root, rootId } from './root.js';
