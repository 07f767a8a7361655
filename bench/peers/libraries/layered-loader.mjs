import { Redis } from 'ioredis';
import { createNotificationPair, Loader } from 'layered-loader';
import { RedisCache } from 'layered-loader/redis';

export const packageName = 'layered-loader';

export function local({ maxEntries }) {
  // It is told how to load once, not by each call.
  let load;
  const loader = new Loader({
    inMemoryCache: { cacheType: 'lru-object', maxItems: maxEntries, ttlInMsecs: 3_600_000 },
    dataSources: [{ name: 'source', get: (key) => load(key), getMany: (keys) => Promise.all(keys.map(load)) }],
  });
  return {
    getOrCreate(key, factory) {
      load = factory;
      return loader.get(key);
    },
    peek: (key) => loader.getInMemoryOnly(key),
  };
}

export const redis = ({ url, prefix }) => over(url, prefix, {});

export async function tiered({ url, prefix, maxEntries }) {
  const { publisher, consumer } = createNotificationPair({
    channel: prefix,
    publisherRedis: new Redis(url),
    consumerRedis: new Redis(url),
  });
  const cache = over(url, prefix, {
    inMemoryCache: { cacheType: 'lru-object', maxItems: maxEntries, ttlInMsecs: 3_600_000 },
    notificationPublisher: publisher,
    notificationConsumer: consumer,
  });
  await cache.init();
  return cache;
}

function over(url, prefix, tiers) {
  let load;
  const client = new Redis(url);
  const asyncCache = new RedisCache(client, { json: true, prefix, ttlInMsecs: 3_600_000 });
  const loader = new Loader({
    ...tiers,
    asyncCache,
    dataSources: [{ name: 'source', get: (key) => load(key), getMany: (keys) => Promise.all(keys.map(load)) }],
  });
  return {
    getOrCreate(key, factory) {
      load = factory;
      return loader.get(key);
    },
    init: () => loader.init(),
    // Its way is to change the source and to tell of that.
    change: (key) => loader.invalidateCacheFor(key),
    set: (key, value) => asyncCache.set(key, value),
    getMany: async (keys) => (await asyncCache.getMany(keys)).resolvedValues,
    setMany: (entries) => asyncCache.setMany(entries.map(([key, value]) => ({ key, value }))),
    close: () => client.quit(),
  };
}
