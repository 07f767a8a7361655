// The lower bound: lru-cache and ioredis by hand, without one load for many callers, without anything.
import { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';

export const packageName = undefined;
export const isBound = true;

export function local({ maxEntries }) {
  const lru = new LRUCache({ max: maxEntries });
  return {
    getOrCreate(key, factory) {
      const value = lru.get(key);
      if (value !== undefined) return value;
      return factory(key).then((loaded) => {
        lru.set(key, loaded);
        return loaded;
      });
    },
    peek: (key) => lru.get(key),
  };
}

/** ioredis by hand: GET and JSON.parse, SET with PX. */
export function redis({ url, prefix }) {
  const client = new Redis(url);
  return {
    async getOrCreate(key, factory) {
      const text = await client.get(prefix + key);
      if (text !== null) return JSON.parse(text);
      const value = await factory(key);
      await client.set(prefix + key, JSON.stringify(value), 'PX', 3_600_000);
      return value;
    },
    set: (key, value) => client.set(prefix + key, JSON.stringify(value), 'PX', 3_600_000),
    async getMany(keys) {
      const pipeline = client.pipeline();
      for (const key of keys) pipeline.get(prefix + key);
      return (await pipeline.exec()).map(([, text]) => (text === null ? undefined : JSON.parse(text)));
    },
    setMany(entries) {
      const pipeline = client.pipeline();
      for (const [key, value] of entries) pipeline.set(prefix + key, JSON.stringify(value), 'PX', 3_600_000);
      return pipeline.exec();
    },
    close: () => client.quit(),
  };
}
