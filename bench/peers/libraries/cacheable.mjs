import KeyvRedis from '@keyv/redis';
import { Cacheable, CacheableMemory, Keyv } from 'cacheable';

export const packageName = 'cacheable';

export function local({ maxEntries }) {
  const primary = new Keyv({ store: new CacheableMemory({ lruSize: maxEntries }) });
  const cache = new Cacheable({ primary, ttl: '1h' });
  return {
    getOrCreate: (key, factory) => cache.getOrSet(key, factory, { ttl: '1h' }),
    close: () => cache.disconnect(),
  };
}

/** It has no way to do without a tier in this process. */
export function tiered({ url, prefix, maxEntries }) {
  const primary = new Keyv({ store: new CacheableMemory({ lruSize: maxEntries }) });
  const secondary = new Keyv({ store: new KeyvRedis(url), namespace: prefix });
  const cache = new Cacheable({ primary, secondary, ttl: '1h' });
  return {
    getOrCreate: (key, factory) => cache.getOrSet(key, factory, { ttl: '1h' }),
    close: () => cache.disconnect(),
  };
}
