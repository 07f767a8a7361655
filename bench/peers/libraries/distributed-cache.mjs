// This library, from the build of this checkout.
import { getOrCreate, HybridCache } from '../../../dist/index.js';
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

/** In the Redis format of .NET, with leases; no tier in this process. */
export async function redis({ url, prefix }) {
  const cache = new RedisCache({ connection: url, instanceName: prefix });
  await cache.ready();
  return {
    getOrCreate: (key, factory) => getOrCreate(cache, key, factory, { relativeExpiration: '1h' }),
    close: () => cache.close(),
  };
}

/** Two tiers, with coherence on. */
export async function tiered({ url, prefix, maxEntries }) {
  const distributed = new RedisCache({ connection: url, instanceName: prefix });
  const cache = new HybridCache({
    distributed,
    ownsDistributed: true,
    local: { maxEntries, maxBytes: 2 ** 31 },
    defaults: { expiration: '1h' },
  });
  await cache.ready();
  return {
    getOrCreate: (key, factory) => cache.getOrCreate(key, factory),
    close: () => cache.close(),
  };
}
