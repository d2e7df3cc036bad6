export { type DateFlaw, datesWith } from './flaw.js';
export { createMaintenanceCertificate } from './maintenance.js';
export { type TalosconfigFields, talosconfigFields } from './talosconfig-fields.js';
