import { createCache } from 'async-cache-dedupe';
import { Redis } from 'ioredis';

export const packageName = 'async-cache-dedupe';

export function local({ maxEntries }) {
  // It is told how to load once, not by each call.
  let load;
  const cache = createCache({ ttl: 3_600, storage: { type: 'memory', options: { size: maxEntries } } });
  cache.define('value', (key) => load(key));
  return {
    getOrCreate(key, factory) {
      load = factory;
      return cache.value(key);
    },
  };
}

export function redis({ url, prefix }) {
  let load;
  const client = new Redis(url, { keyPrefix: prefix });
  const cache = createCache({ ttl: 3_600, storage: { type: 'redis', options: { client } } });
  cache.define('value', (key) => load(key));
  return {
    getOrCreate(key, factory) {
      load = factory;
      return cache.value(key);
    },
    close: () => client.quit(),
  };
}
