// This library, from the build of this checkout.
import { failOpen, getMany, getOrCreate, HybridCache, jsonSerializer, setJson, setMany } from '../../../dist/index.js';
import { RedisCache } from '../../../dist/redis.js';

export const packageName = 'distributed-cache';

export function local({ maxEntries }) {
  const cache = new HybridCache({
    local: { maxEntries, maxBytes: 2 ** 31 },
    defaults: { expiration: '1h' },
  });
  return {
    getOrCreate: (key, factory) => cache.getOrCreate(key, factory),
    peek: (key) => cache.peek(key),
    close: () => cache.close(),
  };
}

const options = { relativeExpiration: '1h' };

/** In the Redis format of .NET, with leases; no tier in this process. */
export async function redis({ url, prefix }) {
  const cache = new RedisCache({ connection: url, instanceName: prefix });
  await cache.ready();
  return {
    getOrCreate: (key, factory) => getOrCreate(cache, key, factory, options),
    set: (key, value) => setJson(cache, key, value, options),
    async getMany(keys) {
      const found = await getMany(cache, keys);
      return found.map((bytes) => bytes && jsonSerializer.deserialize(bytes));
    },
    setMany: (entries) =>
      setMany(
        cache,
        entries.map(([key, value]) => ({ key, value: jsonSerializer.serialize(value), options })),
      ),
    close: () => cache.close(),
  };
}

/** Two tiers, with coherence on. */
export async function tiered({ url, prefix, maxEntries }) {
  const distributed = failOpen(new RedisCache({ connection: url, instanceName: prefix }));
  const cache = new HybridCache({
    distributed,
    ownsDistributed: true,
    local: { maxEntries, maxBytes: 2 ** 31 },
    defaults: { expiration: '1h' },
  });
  await cache.ready();
  return {
    getOrCreate: (key, factory) => cache.getOrCreate(key, factory),
    change: (key, value) => cache.set(key, value),
    close: () => cache.close(),
  };
}
