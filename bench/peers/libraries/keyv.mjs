// It has no getOrCreate: get and set, as its users write it.
import KeyvRedis from '@keyv/redis';
import Keyv from 'keyv';

export const packageName = 'keyv';

export const local = () => withGetOrCreate(new Keyv({ ttl: 3_600_000 }));

export const redis = ({ url, prefix }) =>
  withGetOrCreate(new Keyv({ store: new KeyvRedis(url), namespace: prefix, ttl: 3_600_000 }));

function withGetOrCreate(cache) {
  return {
    async getOrCreate(key, factory) {
      const stored = await cache.get(key);
      if (stored !== undefined) return stored;
      const value = await factory(key);
      await cache.set(key, value);
      return value;
    },
    set: (key, value) => cache.set(key, value),
    getMany: (keys) => cache.getMany(keys),
    setMany: (entries) => cache.setMany(entries.map(([key, value]) => ({ key, value }))),
    close: () => cache.disconnect(),
  };
}
