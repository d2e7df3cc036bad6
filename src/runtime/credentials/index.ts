export { type BasicAuthOptions, basicAuth } from './basic-auth.js';
export { type ClientCertificate, certificateProblem } from './client-certificate.js';
export {
  ConnectionError,
  type ConnectionErrorOptions,
  type ConnectionProblem,
} from './connection-error.js';
export type { ChannelSecurity, Credentials } from './credentials.js';
export { type MaintenanceOptions, maintenance } from './maintenance.js';
export { type MtlsOptions, mtls } from './mtls.js';
export type { Pem } from './pem.js';
export { plaintext } from './plaintext.js';
export { type ServerTlsOptions, serverTls, systemRoots } from './server-tls.js';
