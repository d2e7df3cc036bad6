export { expectTag, extensionValue, readIssuer } from './certificate.js';
export { type DerValue, oidText, partsOf, readDer } from './der-reader.js';
export { tags } from './der-writer.js';
export { addressBytes } from './names.js';
export { fromPem } from './pem.js';
