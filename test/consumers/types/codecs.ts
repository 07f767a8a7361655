// The entries of codecs, without the types of Node.
import { MemoryCache } from 'distributed-cache';
import { type Compression, compressed } from 'distributed-cache/compression';
import { type EncryptionKey, encrypted } from 'distributed-cache/encryption';

const compression: Compression = 'gzip';
const keys: EncryptionKey[] = [{ id: 'k', key: new Uint8Array(32) }];
export const cache = compressed(encrypted(new MemoryCache(), { keys }), { compression, threshold: 100 });
