import { createCache } from 'cache-manager';

export const packageName = 'cache-manager';

export function local() {
  const cache = createCache({ ttl: 3_600_000 });
  return {
    getOrCreate: (key, factory) => cache.wrap(key, factory),
    close: () => cache.disconnect(),
  };
}
