export {
  createSigningKey,
  type NewSigningKey,
  type SigningKeyOptions,
} from './create-signing-key.js';
export type { Login, LoginRequest } from './login/options.js';
export {
  type ServiceAccountOptions,
  type SideroV1Options,
  siderov1,
  type UserKeyOptions,
} from './siderov1.js';
