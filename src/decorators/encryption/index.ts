export type { DecoratedCache } from '../decorate.js';
export { type EncryptedOptions, type EncryptionKey, encrypted } from './encrypted.js';
