export type { DecoratedCache } from '../decorate.js';
export { type CompressedOptions, type Compression, compressed } from './compressed.js';
