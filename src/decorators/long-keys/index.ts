export type { DecoratedCache } from '../decorate.js';
export { type HashLongKeysOptions, hashLongKeys } from './hash-long-keys.js';
