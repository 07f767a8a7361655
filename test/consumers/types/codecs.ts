// The entries of codecs, without the types of Node.
import { MemoryCache, type Serializer } from 'distributed-cache';
import { type Compression, compressed } from 'distributed-cache/compression';
import { type EncryptionKey, encrypted } from 'distributed-cache/encryption';
import { msgpackrSerializer } from 'distributed-cache/msgpackr';
import { superjsonSerializer } from 'distributed-cache/superjson';
import { type SystemTextJsonOptions, systemTextJsonSerializer } from 'distributed-cache/system-text-json';
import { v8Serializer } from 'distributed-cache/v8';

const options: SystemTextJsonOptions = { propertyNaming: 'PascalCase', types: { total: 'decimal' } };
export const serializers: Serializer[] = [
  msgpackrSerializer,
  superjsonSerializer,
  systemTextJsonSerializer(options),
  v8Serializer,
];
const compression: Compression = 'gzip';
const keys: EncryptionKey[] = [{ id: 'k', key: new Uint8Array(32) }];
export const cache = compressed(encrypted(new MemoryCache(), { keys }), { compression, threshold: 100 });
