import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisBusDriver, redisDriver } from 'bentocache/drivers/redis';

export const packageName = 'bentocache';

export function local({ maxEntries }) {
  const cache = new BentoCache({
    default: 'memory',
    stores: { memory: bentostore().useL1Layer(memoryDriver({ maxItems: maxEntries })) },
  });
  return {
    getOrCreate: (key, factory) => cache.getOrSet({ key, ttl: '1h', factory }),
    close: () => cache.disconnectAll(),
  };
}

export function redis({ url, prefix }) {
  const driver = redisDriver({ connection: optionsOf(url), prefix });
  const cache = new BentoCache({ default: 'redis', stores: { redis: bentostore().useL2Layer(driver) } });
  return {
    set: (key, value) => cache.set({ key, value, ttl: '1h' }),
    getOrCreate: (key, factory) => cache.getOrSet({ key, ttl: '1h', factory }),
    close: () => cache.disconnectAll(),
  };
}

export function tiered({ url, prefix, maxEntries }) {
  const connection = optionsOf(url);
  const store = bentostore()
    .useL1Layer(memoryDriver({ maxItems: maxEntries }))
    .useL2Layer(redisDriver({ connection, prefix }))
    .useBus(redisBusDriver({ connection }));
  const cache = new BentoCache({ default: 'both', stores: { both: store } });
  return {
    getOrCreate: (key, factory) => cache.getOrSet({ key, ttl: '1h', factory }),
    change: (key, value) => cache.set({ key, value, ttl: '1h' }),
    close: () => cache.disconnectAll(),
  };
}

function optionsOf(url) {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}
